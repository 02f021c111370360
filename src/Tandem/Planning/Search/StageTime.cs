namespace Tandem.Planning.Search;

/// <summary>How long a stage is at a step.</summary>
/// <param name="ComputeSeconds">Computing, of the rank that computes longest.</param>
/// <param name="SumSeconds">Sums over ranks.</param>
internal readonly record struct StageTime(double ComputeSeconds, double SumSeconds)
{
    /// <summary>All of it.</summary>
    public double Seconds => ComputeSeconds + SumSeconds;
}
