namespace Tandem.Serving.OpenAi;

/// <summary>Whether an answer holds thoughts, which the API keeps apart from what is said.</summary>
public enum Reasoning
{
    /// <summary>The model has no marks for thoughts: all is said.</summary>
    None,

    /// <summary>It thinks where its answer begins with the mark for that.</summary>
    Possible,

    /// <summary>The prompt ends with the mark: the answer begins with thoughts.</summary>
    Begun,
}
