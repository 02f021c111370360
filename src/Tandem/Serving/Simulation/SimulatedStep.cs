namespace Tandem.Serving.Simulation;

/// <summary>When a stage ran a step, in seconds from the load's begin.</summary>
/// <param name="Replica">The copy.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Step">The step's number within the copy.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="PromptRows">Those of them that belong to prompts.</param>
/// <param name="StartSeconds">Its begin.</param>
/// <param name="EndSeconds">Its end.</param>
/// <param name="Waiting">Requests that waited for the copy when it began.</param>
public readonly record struct SimulatedStep(
    int Replica,
    int Stage,
    long Step,
    int Rows,
    int PromptRows,
    double StartSeconds,
    double EndSeconds,
    int Waiting
);
