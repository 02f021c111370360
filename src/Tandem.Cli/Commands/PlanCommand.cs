using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tandem.Cli.Options;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem plan</c>: who would have what of a model; nothing is loaded.</summary>
internal sealed class PlanCommand : Command
{
    private readonly Streams _streams;
    private readonly EngineSettings _settings = new(processes: null);
    private readonly Option<bool> _json = NewOption.Json();

    public PlanCommand(Streams streams)
        : base("plan", "Shows who has what when a model is split: copies, stages, ranks, cores, memory.")
    {
        _streams = streams;
        _settings.AddTo(this);
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var options = _settings.Read(parsed);
        using var file = ModelFile.Open(options.Model);
        var areProcesses = WorkerProcesses.AreWanted(parsed.CommandResult);
        var plan = Planner.Plan(file.Header, options, areProcesses);
        if (parsed.GetValue(_json))
        {
            _streams.Output.WriteLine(
                JsonSerializer.Serialize(PlanReport.Of(plan, areProcesses), PlanReportJson.Default.PlanReport)
            );
            return ExitCode.Success;
        }
        EngineSettings.Note(_streams, plan);
        _streams.Tables.Write(TableOf(plan));
        _streams.Output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{plan}: {plan.Threads} threads on {plan.Cores} cores{(areProcesses ? $" in {plan.Request.Workers} processes" : "")}; context {plan.Context}, cache {plan.CachePages} pages of 64 positions a copy; {Megabytes(plan.Workers.Sum(worker => worker.OwnBytes))} MB in all"
            )
        );
        return ExitCode.Success;
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
                var (slice, own) = (worker.Slice, worker.Slice.Own);
                table.AddRow(
                    Text(worker.Replica),
                    Text(worker.Stage),
                    Text(slice.Rank),
                    Markup.Escape(worker.Device),
                    slice.Layers.ToString(),
                    own.QueryHeads.ToString(),
                    own.KeyValueHeads.ToString(),
                    own.FeedForward.ToString(),
                    own.Experts.ToString(),
                    slice.IsFirst || slice.IsLast ? own.Vocabulary.ToString() : "none",
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

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("f1", CultureInfo.InvariantCulture);
}
