using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tandem.Cli.Options;
using Tandem.Planning.Costs;
using Tandem.Planning.Search;
using Tandem.Serving.Simulation;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem simulate</c>: what would become of a load under a plan, on machines that a profile describes.</summary>
internal sealed class SimulateCommand : Command
{
    private readonly Streams _streams;
    private readonly WorkloadOptions _workload = new();
    private readonly Option<string?> _model = NewOption.Model();
    private readonly Option<string?> _profile = NewOption.Profile();
    private readonly Option<AskedPlan?> _plan = NewOption.Plan();
    private readonly TraceOptions _trace = new(
        "Without it requests of --prompt and --answer tokens, --concurrency at a time, or --rate a second as a Poisson process."
    );
    private readonly Option<ulong?> _seed = NewOption.Of(
        "--seed",
        "N",
        "Of the Poisson process. [default: 1]",
        Values.Seed
    );
    private readonly Option<string?> _timeline = NewOption.Text(
        "--timeline",
        "FILE",
        "Writes when each stage ran which step, for Chrome's trace viewer or Perfetto."
    );
    private readonly Option<string?> _picture = NewOption.Text(
        "--picture",
        "FILE",
        "Writes the stages' use and the queue over time as an SVG picture."
    );
    private readonly Option<bool> _json = NewOption.Json();

    public SimulateCommand(Streams streams)
        : base("simulate", "Runs a load through the real scheduler on simulated machines; nothing is loaded.")
    {
        _streams = streams;
        Add(_model);
        Add(_profile);
        Add(_plan);
        _workload.AddTo(this);
        _trace.AddTo(this);
        Add(_seed);
        Add(_timeline);
        Add(_picture);
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using var file = ModelFile.Open(parsed.GetValue(_model));
        var cost = ModelCost.From(file.Header);
        var profile =
            ProfileStore.Find(parsed.GetValue(_profile)) is var found && found.Profile is { } known
                ? known
                : throw new InputException(
                    $"simulate: {found.Why}; measure one with tandem profile, or name one with --profile{(found.Advice is null ? "" : $" ({found.Advice})")}"
                );
        var workload = _workload.Read(parsed);
        var candidate = parsed.GetValue(_plan)?.Request is { } plan
            ? PlanSearch.Predict(cost, profile, workload, plan)
                ?? throw new InputException(
                    $"plan {plan} does not fit the {profile.Units} units of profile '{profile.Name}' or their memory"
                )
            : PlanSearch.Choose(cost, profile, workload).Chosen;
        var (timeline, picture) = (parsed.GetValue(_timeline), parsed.GetValue(_picture));
        var trace = _trace.Read(parsed);
        var isOpen = trace is not null || workload.ArrivalsPerSecond is not null;
        var options = new SimulationOptions
        {
            Closed = isOpen ? null : workload.Concurrency,
            StepSlowdownMax = workload.StepSlowdownMax,
            NotesSteps = timeline is not null || picture is not null,
        };
        var result = Simulator.Run(
            cost,
            profile,
            candidate.Request,
            candidate.StepTokensMax,
            trace ?? Poisson(parsed, workload),
            options
        );
        if (timeline is not null)
        {
            OutputFile.Write(timeline, output => SimulationTrace.Write(result, output));
        }
        if (picture is not null)
        {
            OutputFile.Write(picture, output => SimulationPicture.Write(result, output));
        }
        Print(parsed.GetValue(_json), SimulateReport.Of(candidate.Request, result, workload.Objective));
        return ExitCode.Success;
    }

    private IReadOnlyList<SimulatedRequest> Poisson(ParseResult parsed, Workload workload) =>
        SimulatedLoad.Poisson(
            _trace.Requests(parsed),
            workload.ArrivalsPerSecond ?? 1,
            workload.PromptTokens,
            workload.AnswerTokens,
            (int)(parsed.GetValue(_seed) ?? 1)
        );

    private void Print(bool json, SimulateReport report)
    {
        if (json)
        {
            _streams.Output.WriteLine(JsonSerializer.Serialize(report, SimulateReportJson.Default.SimulateReport));
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "p50", "p90", "p95", "p99");
        void Row(string name, Percentiles values) =>
            table.AddRow(name, Text(values.P50), Text(values.P90), Text(values.P95), Text(values.P99));
        Row("first token (TTFT), ms", report.TtftMs);
        Row("next token (TPOT), ms", report.TpotMs);
        _streams.Tables.Write(table);
        var goodput = report.Goodput is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"; {share:p1} keep to {report.Objective}")
            : "";
        _streams.Output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Plan}: {report.Requests} requests in {report.Seconds:f1} s, {report.TokensPerSecond:f1} tokens/s{goodput}; stages busy {string.Join(", ", report.StagesBusy.Select(busy => busy.ToString("p0", CultureInfo.InvariantCulture)))}"
            )
        );
    }

    private static string Text(double value) => value.ToString("f1", CultureInfo.InvariantCulture);
}
