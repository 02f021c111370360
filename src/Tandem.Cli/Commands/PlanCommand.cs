using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tandem.Cli.Options;
using Tandem.Planning.Costs;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Serving.Simulation;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem plan</c>: who would have what of a model; nothing is loaded.</summary>
internal sealed class PlanCommand : Command
{
    private readonly Streams _streams;
    private readonly EngineSettings _settings = new(processes: null);
    private readonly WorkloadOptions _workload = new();
    private readonly TraceOptions _trace = new(
        "With --slo, the plan with the fewest cores, then the least memory, with which 95 % of its requests keep to that is found by simulating them, and the load at which it breaks."
    );
    private readonly Option<bool> _json = NewOption.Json();

    public PlanCommand(Streams streams)
        : base(
            "plan",
            "Shows how a model is best split and why, what is expected of it, and who has what: copies, stages, ranks, cores, memory."
        )
    {
        _streams = streams;
        _settings.AddTo(this);
        _workload.AddTo(this);
        _trace.AddTo(this);
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var options = _settings.Read(parsed) with { Workload = _workload.Read(parsed) };
        using var file = ModelFile.Open(options.Model);
        var areProcesses = WorkerProcesses.AreWanted(parsed.CommandResult);
        if (_trace.Read(parsed) is { } load)
        {
            return Print(parsed, ObjectiveOf(file.Header, options, areProcesses, load));
        }
        // Of machines that are elsewhere only the expectations are known.
        var isElsewhere = options.Profile is { Fingerprint: null };
        var decision = isElsewhere ? null : Planner.Decide(file.Header, options, areProcesses);
        var choice = isElsewhere ? ChoiceElsewhere(file.Header, options, areProcesses) : decision!.Choice;
        var plan = isElsewhere ? null : Planner.Plan(file.Header, options, decision!, areProcesses);
        if (plan is not null)
        {
            _settings.Plan.Note(_streams, plan);
        }
        NoteUnpredicted(options, choice);
        if (choice is null && plan is null)
        {
            return ExitCode.InputError;
        }
        if (parsed.GetValue(_json))
        {
            _streams.Output.WriteLine(
                JsonSerializer.Serialize(PlanReport.Of(plan, choice, areProcesses), PlanReportJson.Default.PlanReport)
            );
            return ExitCode.Success;
        }
        Print(choice);
        Print(plan, areProcesses);
        return ExitCode.Success;
    }

    // The cheapest plan with which a load keeps to the objective, or what comes of the one that was asked for.
    private static ObjectiveChoice ObjectiveOf(
        ModelHeader header,
        EngineOptions options,
        bool areProcesses,
        IReadOnlyList<SimulatedRequest> load
    ) =>
        ObjectiveSearch.Find(
            ModelCost.From(header),
            options.Profile
                ?? throw new InputException("--trace: found no profile to simulate with; tandem profile measures one"),
            options.Workload.Objective
                ?? throw new InputException(
                    "--trace: found no --slo, expected one such as ttft=500ms,tpot=50ms to plan for"
                ),
            load,
            new SimulationOptions { AreProcesses = areProcesses },
            options.Plan
        );

    private int Print(ParseResult parsed, ObjectiveChoice choice)
    {
        var report = ObjectiveReport.Of(choice);
        if (parsed.GetValue(_json))
        {
            _streams.Output.WriteLine(JsonSerializer.Serialize(report, ObjectiveReportJson.Default.ObjectiveReport));
        }
        else
        {
            report.Print(_streams, wasAsked: choice.Considered == 1);
        }
        return ExitCode.Success;
    }

    // The best plan, or what is expected of the one that was asked for.
    private static PlanChoice? ChoiceElsewhere(ModelHeader header, EngineOptions options, bool areProcesses)
    {
        var (cost, profile) = (ModelCost.From(header), options.Profile!);
        return options.Plan is not { } asked ? PlanSearch.Choose(cost, profile, options.Workload, areProcesses)
            : PlanSearch.Predict(cost, profile, options.Workload, asked, areProcesses) is { } expected
                ? PlanChoice.OfAsked(expected)
            : null;
    }

    private void NoteUnpredicted(EngineOptions options, PlanChoice? choice)
    {
        if (choice is not null || options.Plan is not { } asked)
        {
            return;
        }
        _streams.Note(
            options.Profile is { } profile
                ? $"nothing is predicted of {asked}: it has {asked.Workers * asked.Threads} threads, and profile '{profile.Name}' has {profile.Units} units, or not the memory"
                : "nothing has been measured here, so nothing is predicted; tandem profile does it, once"
        );
    }

    private void Print(PlanChoice? choice)
    {
        if (choice is null)
        {
            return;
        }
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("expected", "first token (TTFT), ms", "next token (TPOT), ms", "tokens/s")
            .AddColumns("bubbles", "sums over ranks", "step tokens", "requests at most", "MB a worker");
        foreach (var candidate in choice.RunnersUp.Prepend(choice.Chosen))
        {
            var expected = candidate.Prediction;
            table.AddRow(
                candidate.Request.ToString(),
                Text(expected.TtftSeconds * 1e3),
                Text(expected.TpotSeconds * 1e3),
                Text(expected.TokensPerSecond),
                Percent(expected.BubbleShare),
                Percent(expected.SumShare),
                Text(candidate.StepTokensMax),
                Text(candidate.RequestsMax),
                Megabytes(expected.WorkerBytesMax)
            );
        }
        _streams.Tables.Write(table);
        _streams.Output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{choice.Reason}; {choice.Considered} plans compared")
        );
    }

    private void Print(Plan? plan, bool areProcesses)
    {
        if (plan is null)
        {
            return;
        }
        _streams.Tables.Write(TableOf(plan));
        _streams.Output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{plan}: {plan.Threads} threads on {plan.Cores} cores{(areProcesses ? $" in {plan.Request.Workers} processes" : "")}; context {plan.Context}, cache {plan.CachePages} pages of 64 positions a copy; steps at a time a copy: {plan.Request.PipelineParallel}; {Megabytes(plan.Workers.Sum(worker => worker.OwnBytes))} MB in all"
            )
        );
    }

    private static Table TableOf(Plan plan)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("copy", "stage", "rank", "device", "layers", "query heads", "key heads", "feed-forward")
            .AddColumns("experts", "vocabulary", "inbox", "group", "weights MB", "buffers MB", "cache MB");
        foreach (var stage in plan.Replicas.SelectMany(replica => replica.Stages))
        {
            foreach (var worker in stage.Workers)
            {
                var (slice, held) = (worker.Slice, worker.Slice.Held);
                table.AddRow(
                    Text(worker.Replica),
                    Text(worker.Stage),
                    Text(slice.Rank),
                    Markup.Escape(worker.Device),
                    slice.Layers.ToString(),
                    held.QueryHeads.ToString(),
                    held.KeyValueHeads.ToString(),
                    held.FeedForward.ToString(),
                    held.Experts.ToString(),
                    held.Vocabulary.ToString(),
                    Text(stage.InboxMax),
                    Markup.Escape(stage.Communicator),
                    Megabytes(worker.WeightBytes) + (worker.SharesWeights ? " shared" : ""),
                    Megabytes(worker.BufferBytes),
                    Megabytes(worker.CacheBytes)
                );
            }
        }
        return table;
    }

    private static string Text(double number) => number.ToString("f1", CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("p0", CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("f1", CultureInfo.InvariantCulture);
}
