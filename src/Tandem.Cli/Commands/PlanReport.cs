using System.Text.Json.Serialization;
using Tandem.Plans;

namespace Tandem.Cli.Commands;

/// <summary>What <c>tandem plan --json</c> prints.</summary>
internal sealed record PlanReport
{
    public required string Plan { get; init; }

    public required int Cores { get; init; }

    public required int Threads { get; init; }

    public required int Processes { get; init; }

    public required int Context { get; init; }

    public required int CachePages { get; init; }

    public required IReadOnlyList<ReplicaReport> Replicas { get; init; }

    public required IReadOnlyList<WorkerReport> Workers { get; init; }

    public static PlanReport Of(Plan plan, bool areProcesses) =>
        new()
        {
            Plan = plan.ToString(),
            Cores = plan.Cores,
            Threads = plan.Threads,
            Processes = areProcesses ? plan.Request.Workers : 1,
            Context = plan.Context,
            CachePages = plan.CachePages,
            Replicas = [.. plan.Replicas.Select(ReplicaReport.Of)],
            Workers = WorkerReport.Of(plan),
        };

    /// <summary>A copy of the model.</summary>
    internal sealed record ReplicaReport(int Replica, int StepsMax, IReadOnlyList<StageReport> Stages)
    {
        public static ReplicaReport Of(ReplicaPlan replica) =>
            new(replica.Replica, replica.StepsMax, [.. replica.Stages.Select(StageReport.Of)]);
    }

    /// <summary>Neighbouring layers.</summary>
    internal sealed record StageReport(
        int Stage,
        Share Layers,
        int InboxMax,
        string Communicator,
        IReadOnlyList<RankReport> Ranks
    )
    {
        public static StageReport Of(StagePlan stage) =>
            new(
                stage.Stage,
                stage.Layers,
                stage.InboxMax,
                stage.Communicator,
                [.. stage.Workers.Select(worker => new RankReport(worker.Slice.Rank, worker.Device, worker.Slice.Own))]
            );
    }

    /// <summary>What a rank has of each layer.</summary>
    internal sealed record RankReport(int Rank, string Device, RankShare Share);
}

[JsonSerializable(typeof(PlanReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class PlanReportJson : JsonSerializerContext;
