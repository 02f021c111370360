using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>
/// What computes the steps of one copy of a model: the model itself in this thread, or the stages of a pipeline. Plans go in
/// and results come out in the same order, by one thread.
/// </summary>
internal interface IModelRunner : IDisposable
{
    /// <summary>How many plans may be submitted before the first result is received: the stages.</summary>
    int Depth { get; }

    /// <summary>What each worker has spent its time on.</summary>
    IReadOnlyList<WorkerFigures> Workers { get; }

    /// <summary>Takes a plan, which stays as it is until its result is received.</summary>
    void Submit(StepPlan plan);

    /// <summary>Waits for the result of the oldest plan; valid until the next call.</summary>
    StepResult Receive();
}
