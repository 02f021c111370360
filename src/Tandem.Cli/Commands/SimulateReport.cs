using System.Text.Json.Serialization;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving.Simulation;

namespace Tandem.Cli.Commands;

/// <summary>What <c>tandem simulate --json</c> prints.</summary>
internal sealed record SimulateReport
{
    public required string Plan { get; init; }

    public required int Requests { get; init; }

    public required double Seconds { get; init; }

    public required double TokensPerSecond { get; init; }

    public required Percentiles TtftMs { get; init; }

    public required Percentiles TpotMs { get; init; }

    public string? Objective { get; init; }

    /// <summary>The share of requests that keep to the objective.</summary>
    public double? Goodput { get; init; }

    /// <summary>Which share of the time each stage computes, copy by copy.</summary>
    public required IReadOnlyList<double> StagesBusy { get; init; }

    public static SimulateReport Of(PlanRequest plan, SimulationResult result, ServiceObjective? objective) =>
        new()
        {
            Plan = plan.ToString(),
            Requests = result.Answers.Count,
            Seconds = result.Seconds,
            TokensPerSecond = result.TokensPerSecond,
            TtftMs = Percentiles.Of(share => result.Ttft(share) * 1e3),
            TpotMs = Percentiles.Of(share => result.Tpot(share) * 1e3),
            Objective = objective?.ToString(),
            Goodput = objective is null ? null : result.Goodput(objective),
            StagesBusy = [.. result.BusySeconds.SelectMany(stages => stages).Select(busy => busy / result.Seconds)],
        };
}

/// <summary>What so large a share of requests keeps within.</summary>
internal sealed record Percentiles(double P50, double P90, double P95, double P99)
{
    public static Percentiles Of(Func<double, double> at) => new(at(0.5), at(0.9), at(0.95), at(0.99));
}

[JsonSerializable(typeof(SimulateReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class SimulateReportJson : JsonSerializerContext;
