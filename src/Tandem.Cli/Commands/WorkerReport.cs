using Tandem.Plans;

namespace Tandem.Cli.Commands;

/// <summary>One worker in JSON.</summary>
internal sealed record WorkerReport(
    int Replica,
    int Stage,
    int Rank,
    string Device,
    long WeightBytes,
    bool SharesWeights,
    long BufferBytes,
    long CacheBytes
)
{
    /// <summary>All workers of a plan.</summary>
    public static IReadOnlyList<WorkerReport> Of(Plan plan) =>
        [
            .. plan.Workers.Select(worker => new WorkerReport(
                worker.Replica,
                worker.Stage,
                worker.Slice.Rank,
                worker.Device,
                worker.WeightBytes,
                worker.SharesWeights,
                worker.BufferBytes,
                worker.CacheBytes
            )),
        ];
}
