namespace Tandem.Serving;

/// <summary>How the hidden states of a text's tokens become its embedding.</summary>
internal enum Pooling
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The last one, which in a decoder has seen all others.</summary>
    Last,
}
