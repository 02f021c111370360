namespace Tandem.Serving;

/// <summary>What steps of one kind have taken so far.</summary>
/// <param name="Steps">How many there were.</param>
/// <param name="Rows">Tokens that they computed.</param>
/// <param name="ComputeSeconds">Seconds that they computed.</param>
/// <param name="WaitSeconds">Seconds that they waited for other threads.</param>
/// <param name="PredictedSeconds">What the machine's profile expects both to take together; null where there is none that holds.</param>
public readonly record struct StepFigures(
    long Steps,
    long Rows,
    double ComputeSeconds,
    double WaitSeconds,
    double? PredictedSeconds
)
{
    /// <summary>Both together.</summary>
    public static StepFigures operator +(StepFigures one, StepFigures other) =>
        new(
            one.Steps + other.Steps,
            one.Rows + other.Rows,
            one.ComputeSeconds + other.ComputeSeconds,
            one.WaitSeconds + other.WaitSeconds,
            one.PredictedSeconds + other.PredictedSeconds
        );
}
