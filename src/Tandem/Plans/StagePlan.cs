namespace Tandem.Plans;

/// <summary>Neighbouring layers, and the ranks that share them.</summary>
/// <param name="Stage">Its number within the copy.</param>
/// <param name="Layers">Its layers.</param>
/// <param name="InboxMax">Steps that may wait for it; a stage that wants to hand over another waits until one is taken.</param>
/// <param name="Communicator">The name of the group in which its ranks meet.</param>
/// <param name="Workers">Its ranks.</param>
public sealed record StagePlan(
    int Stage,
    Share Layers,
    int InboxMax,
    string Communicator,
    IReadOnlyList<WorkerPlan> Workers
);
