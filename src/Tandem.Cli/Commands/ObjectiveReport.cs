using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using Tandem.Serving.Simulation;

namespace Tandem.Cli.Commands;

/// <summary>What <c>tandem plan --slo … --trace F</c> tells: the cheapest plan with which a trace keeps to an objective.</summary>
internal sealed record ObjectiveReport
{
    public required string Objective { get; init; }

    /// <summary>The share of requests that have to keep to it.</summary>
    public required double Share { get; init; }

    /// <summary>Whether so many do; otherwise they do with no plan, and this one comes nearest.</summary>
    public required bool Meets { get; init; }

    public required string Plan { get; init; }

    /// <summary>Cores, or other units, that the plan uses.</summary>
    public required int Units { get; init; }

    public required int StepTokensMax { get; init; }

    public required long WorkerBytesMax { get; init; }

    public required int Requests { get; init; }

    /// <summary>The share of requests that keep to the objective.</summary>
    public required double Goodput { get; init; }

    public required Percentiles TtftMs { get; init; }

    public required Percentiles TpotMs { get; init; }

    public required double TokensPerSecond { get; init; }

    /// <summary>The trace's rate; missing where all requests come at once.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>The highest multiple of that rate found with which the objective is kept to; 0 where it is with none.</summary>
    public required double KeptAtMultiple { get; init; }

    /// <summary>The lowest multiple found with which it is not; missing where all requests may come at once.</summary>
    public double? BreaksAtMultiple { get; init; }

    public double? BreaksAtRequestsPerSecond { get; init; }

    /// <summary>Plans that fit.</summary>
    public required int Considered { get; init; }

    /// <summary>Those of them that were simulated.</summary>
    public required int Simulated { get; init; }

    public static ObjectiveReport Of(ObjectiveChoice choice) =>
        new()
        {
            Objective = choice.Objective.ToString(),
            Share = ObjectiveSearch.Share,
            Meets = choice.Meets,
            Plan = choice.Candidate.Request.ToString(),
            Units = choice.Candidate.Units,
            StepTokensMax = choice.Candidate.StepTokensMax,
            WorkerBytesMax = choice.Candidate.Prediction.WorkerBytesMax,
            Requests = choice.Result.Answers.Count,
            Goodput = choice.Goodput,
            TtftMs = Percentiles.Of(share => choice.Result.Ttft(share) * 1e3),
            TpotMs = Percentiles.Of(share => choice.Result.Tpot(share) * 1e3),
            TokensPerSecond = choice.Result.TokensPerSecond,
            RequestsPerSecond = choice.Limit.RequestsPerSecond,
            KeptAtMultiple = choice.Limit.Kept,
            BreaksAtMultiple = choice.Limit.Broken,
            BreaksAtRequestsPerSecond = choice.Limit.Broken * choice.Limit.RequestsPerSecond,
            Considered = choice.Considered,
            Simulated = choice.Simulated,
        };

    /// <summary>Prints it for people.</summary>
    /// <param name="streams">Where to.</param>
    /// <param name="wasAsked">Whether one plan alone was asked about.</param>
    public void Print(Streams streams, bool wasAsked)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns(
                "simulated",
                "cores",
                "keep to it",
                "TTFT p50, ms",
                "TTFT p95, ms",
                "TPOT p50, ms",
                "TPOT p95, ms"
            )
            .AddColumns("tokens/s", "MB a worker");
        table.AddRow(
            Plan,
            Units.ToString(CultureInfo.InvariantCulture),
            Percent(Goodput),
            Text(TtftMs.P50),
            Text(TtftMs.P95),
            Text(TpotMs.P50),
            Text(TpotMs.P95),
            Text(TokensPerSecond),
            Text(WorkerBytesMax / 1e6)
        );
        streams.Tables.Write(table);
        streams.Output.WriteLine(Verdict(wasAsked));
        streams.Output.WriteLine(Breaking());
    }

    private string Verdict(bool wasAsked)
    {
        var what = string.Create(
            CultureInfo.InvariantCulture,
            $"{Share:p0} of {Requests} requests keep to {Objective}"
        );
        var who = string.Create(CultureInfo.InvariantCulture, $"{Considered} plans, {Simulated} of them simulated");
        return (Meets, wasAsked) switch
        {
            (true, true) => $"with {Plan} {what}",
            (true, false) => $"{Plan} is the cheapest (fewest cores, then least memory) with which {what}; {who}",
            (false, true) => $"with {Plan} less than {what}",
            _ => $"with no plan {what}; {Plan} comes nearest; {who}",
        };
    }

    private string Breaking() =>
        this switch
        {
            { BreaksAtMultiple: null } => "they do so even where all come at once",
            { KeptAtMultiple: 0 } => "nor do they at any other load, with this plan",
            { RequestsPerSecond: { } rate } => string.Create(
                CultureInfo.InvariantCulture,
                $"it breaks at {BreaksAtMultiple:g3} times the trace's load, {BreaksAtRequestsPerSecond:g3} requests/s; at {KeptAtMultiple:g3} times, {KeptAtMultiple * rate:g3}/s, it does not"
            ),
            _ => "all requests come at once",
        };

    private static string Text(double value) => value.ToString("f1", CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("p1", CultureInfo.InvariantCulture);
}

[JsonSerializable(typeof(ObjectiveReport))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
internal sealed partial class ObjectiveReportJson : JsonSerializerContext;
