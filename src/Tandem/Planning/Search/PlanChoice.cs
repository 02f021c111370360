namespace Tandem.Planning.Search;

/// <summary>The plan that was chosen, and what it was chosen over.</summary>
/// <param name="Chosen">The best.</param>
/// <param name="RunnersUp">The others, best first: of each way to split the work the best one.</param>
/// <param name="Considered">How many plans were compared.</param>
/// <param name="Reason">What decided, in words.</param>
public sealed record PlanChoice(Candidate Chosen, IReadOnlyList<Candidate> RunnersUp, int Considered, string Reason)
{
    /// <summary>A plan that was not chosen but asked for.</summary>
    public static PlanChoice OfAsked(Candidate asked) => new(asked, [], 1, $"{asked.Request} is what was asked for");
}
