using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>Makes workers worse than they are: to try plans for unequal devices, and what becomes of the others when one fails.</summary>
internal sealed record WorkerTrial
{
    /// <summary>How often a worker's device computes each product: a device that does everything twice takes twice as long.</summary>
    public Func<WorkerPlan, int> Repeats { get; init; } = _ => 1;

    /// <summary>Called by every worker before it runs a step; may wait or throw.</summary>
    public Action<WorkerPlan, StepPlan> OnStep { get; init; } = (_, _) => { };
}
