namespace Tandem.Planning.Costs;

/// <summary>How ranks share a matrix.</summary>
public enum MatrixCut
{
    /// <summary>Each has some query heads' outputs, of all inputs.</summary>
    HeadOutputs,

    /// <summary>Each has some query heads' inputs, and their part of every output's sum.</summary>
    HeadInputs,

    /// <summary>Each has some rows of the feed-forward, or some experts.</summary>
    FeedForward,

    /// <summary>Each has some rows of the vocabulary.</summary>
    Vocabulary,

    /// <summary>Each has all of it.</summary>
    None,
}
