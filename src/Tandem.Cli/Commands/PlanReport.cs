using System.Text.Json.Serialization;
using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Cli.Commands;

/// <summary>What <c>tandem plan --json</c> prints.</summary>
internal sealed record PlanReport
{
    public required string Plan { get; init; }

    /// <summary>Of this machine; like what follows missing where a profile describes another.</summary>
    public int? Cores { get; init; }

    public int? Threads { get; init; }

    public int? Processes { get; init; }

    public int? Context { get; init; }

    public int? CachePages { get; init; }

    public IReadOnlyList<ReplicaReport>? Replicas { get; init; }

    public IReadOnlyList<WorkerReport>? Workers { get; init; }

    /// <summary>What is expected of the plan, and then of those that it was chosen over; missing without a profile.</summary>
    public IReadOnlyList<ExpectedReport>? Expected { get; init; }

    /// <summary>What decided.</summary>
    public string? Reason { get; init; }

    /// <summary>How many plans were compared.</summary>
    public int? Considered { get; init; }

    public static PlanReport Of(Plan? plan, PlanChoice? choice, bool areProcesses) =>
        new()
        {
            Plan = plan?.ToString() ?? choice!.Chosen.Request.ToString(),
            Cores = plan?.Cores,
            Threads = plan?.Threads,
            Processes = areProcesses ? plan?.Request.Workers : 1,
            Context = plan?.Context,
            CachePages = plan?.CachePages,
            Replicas = plan is null ? null : [.. plan.Replicas.Select(ReplicaReport.Of)],
            Workers = plan is null ? null : WorkerReport.Of(plan),
            Expected = choice is null ? null : [.. choice.RunnersUp.Prepend(choice.Chosen).Select(ExpectedReport.Of)],
            Reason = choice?.Reason,
            Considered = choice?.Considered,
        };

    /// <summary>What is expected of a plan.</summary>
    internal sealed record ExpectedReport(
        string Plan,
        int StepTokensMax,
        int RequestsMax,
        double TtftMs,
        double TpotMs,
        double TokensPerSecond,
        double BubbleShare,
        double SumShare,
        long WorkerBytesMax
    )
    {
        public static ExpectedReport Of(Candidate candidate) =>
            new(
                candidate.Request.ToString(),
                candidate.StepTokensMax,
                candidate.RequestsMax,
                candidate.Prediction.TtftSeconds * 1e3,
                candidate.Prediction.TpotSeconds * 1e3,
                candidate.Prediction.TokensPerSecond,
                candidate.Prediction.BubbleShare,
                candidate.Prediction.SumShare,
                candidate.Prediction.WorkerBytesMax
            );
    }

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
                [.. stage.Workers.Select(worker => new RankReport(worker.Slice.Rank, worker.Device, worker.Slice.Held))]
            );
    }

    /// <summary>What a rank has of each layer.</summary>
    internal sealed record RankReport(int Rank, string Device, RankShare Share);
}

[JsonSerializable(typeof(PlanReport))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
internal sealed partial class PlanReportJson : JsonSerializerContext;
