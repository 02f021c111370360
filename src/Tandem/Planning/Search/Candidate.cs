using Tandem.Plans;

namespace Tandem.Planning.Search;

/// <summary>A plan that could be chosen.</summary>
/// <param name="Request">The plan.</param>
/// <param name="StepTokensMax">Tokens of its largest step: a prompt is computed in chunks of so many.</param>
/// <param name="Prediction">What is expected of it.</param>
public sealed record Candidate(PlanRequest Request, int StepTokensMax, Prediction Prediction)
{
    /// <summary>Units that it uses.</summary>
    public int Units => Request.Workers * Request.Threads;
}
