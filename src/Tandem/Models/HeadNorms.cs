namespace Tandem.Models;

/// <summary>Over what queries and keys are normalised before they meet.</summary>
internal enum HeadNorms
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Each head for itself.</summary>
    EachHead,

    /// <summary>All heads together.</summary>
    AllHeads,
}
