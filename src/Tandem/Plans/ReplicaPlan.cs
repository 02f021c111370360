namespace Tandem.Plans;

/// <summary>A copy of the model.</summary>
/// <param name="Replica">Its number.</param>
/// <param name="StepsMax">Steps that may be under way at the same time: one a stage.</param>
/// <param name="Stages">Its stages, in the order of the layers.</param>
public sealed record ReplicaPlan(int Replica, int StepsMax, IReadOnlyList<StagePlan> Stages);
