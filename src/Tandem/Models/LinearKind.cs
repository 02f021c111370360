namespace Tandem.Models;

/// <summary>How a projection is cut when several ranks hold one layer; the name says what happens to the data.</summary>
internal enum LinearKind
{
    /// <summary>Every rank holds it all.</summary>
    Whole,

    /// <summary>Cut by outputs: every rank has all inputs and computes its part of the outputs.</summary>
    AllToSharded,

    /// <summary>Cut by inputs: every rank has its part of the inputs and computes a part of every sum.</summary>
    ShardedToAll,
}
