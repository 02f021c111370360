using Tandem.Plans;

namespace Tandem.Planning.Search;

/// <summary>A plan that could be chosen.</summary>
/// <param name="Request">The plan.</param>
/// <param name="StepTokensMax">Tokens of its largest step: a prompt is computed in chunks of so many.</param>
/// <param name="Prediction">What is expected of it.</param>
public sealed record Candidate(PlanRequest Request, int StepTokensMax, Prediction Prediction)
{
    /// <summary>
    /// How many such requests may be under way at the same time: caches for more do not fit, or more are not expected to keep to the
    /// objective. 0 where that was not asked, or where one alone is too many.
    /// </summary>
    public int RequestsMax { get; init; }

    /// <summary>Units that it uses.</summary>
    public int Units => Request.Workers * Request.Threads;
}
