using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Spectre.Console;
using Tandem.Cli.Options;
using Tandem.Planning.Search;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem bench</c>: how fast a model reads prompts and generates here, beside what the memory allows.</summary>
internal sealed class BenchCommand : Command, IModelCommand
{
    private readonly Streams _streams;
    private readonly EngineSettings _settings;
    private readonly Option<int?> _prompt = NewOption.Of(
        "--prompt",
        "N",
        "Tokens of a prompt. [default: 512]",
        Values.Whole(1)
    );
    private readonly Option<int?> _generate = NewOption.Of(
        "--generate",
        "N",
        "Tokens to generate. [default: 64]",
        Values.Whole(1)
    );
    private readonly Option<int?> _depth = NewOption.Of(
        "--depth",
        "N",
        "Tokens in the cache before generation. [default: 0]",
        Values.Whole(0)
    );
    private readonly Option<int?> _sequences = NewOption.Of(
        "--sequences",
        "N",
        "Requests at the same time. [default: 1]",
        Values.Whole(1, 1024)
    );
    private readonly Option<int?> _repeat = NewOption.Of(
        "--repeat",
        "N",
        "Runs after the warm-up. [default: 3]",
        Values.Whole(1)
    );
    private readonly Option<int[]?> _replay = NewOption.Of(
        "--replay",
        "IDS",
        "Token ids: the first --prompt of them are the prompt, the others what the model is made to choose, all else being real. [--prompt defaults to half of them]",
        Values.TokenIds
    );
    private readonly Option<string?> _trace = NewOption.Text(
        "--trace",
        "FILE",
        "Writes when each worker ran which step, for Chrome's trace viewer or Perfetto."
    );
    private readonly Option<bool> _json = NewOption.Json();

    public BenchCommand(Streams streams, WorkerProcesses processes)
        : base(
            "bench",
            "Measures prompts and generation: medians after a warm-up. The prefix cache is off unless asked for."
        )
    {
        (_streams, _settings) = (streams, new EngineSettings(processes));
        _settings.AddTo(this);
        Add(_prompt);
        Add(_generate);
        Add(_depth);
        Add(_sequences);
        Add(_repeat);
        Add(_replay);
        Add(_trace);
        Add(_json);
        Validators.Add(CheckTogether);
        SetAction(RunAsync);
    }

    private void CheckTogether(CommandResult result)
    {
        if (result.GetResult(_replay) is not null && result.GetResult(_depth) is not null)
        {
            result.AddError(
                "found --replay with --depth, expected one of them: what is replayed follows its own prompt"
            );
        }
        if (result.GetResult(_trace) is not null && WorkerProcesses.AreWanted(result))
        {
            result.AddError(
                "found --trace with --workers processes, expected --workers threads: a process sees its own steps alone"
            );
        }
    }

    private static (int Prompt, int Generate) Lengths(int? prompt, int? generate, int[]? replay)
    {
        if (replay is null)
        {
            return (prompt ?? 512, generate ?? 64);
        }
        var replayedPrompt = prompt ?? replay.Length / 2;
        // The first token ends the prompt's step, so one less is left to measure.
        var left = replay.Length - replayedPrompt - 1;
        if (replayedPrompt < 1 || left < 1 || generate > left)
        {
            throw new InputException(
                $"--replay has {replay.Length} ids, expected --prompt {replayedPrompt} of them, one more, and --generate {generate ?? 1} or more behind those"
            );
        }
        return (replayedPrompt, generate ?? left);
    }

    // The parser gives an empty array where the option is not there.
    private int[]? Replayed(ParseResult parsed) => parsed.GetResult(_replay) is null ? null : parsed.GetValue(_replay);

    /// <inheritdoc/>
    public PlanSettings Plan => _settings.Plan;

    /// <inheritdoc/>
    public EngineOptions OptionsOf(ParseResult parsed)
    {
        var options = _settings.Read(parsed, Switch.Off);
        var (prompt, generate) = Lengths(parsed.GetValue(_prompt), parsed.GetValue(_generate), Replayed(parsed));
        var sequences = parsed.GetValue(_sequences) ?? 1;
        var sequencesMax = Math.Max(sequences, options.SequencesMax);
        return options with
        {
            Workload = new Workload
            {
                PromptTokens = prompt,
                AnswerTokens = generate,
                Concurrency = sequences,
            },
            SequencesMax = sequencesMax,
            StepTokensMax = Math.Max(options.StepTokensMax, sequencesMax + 1),
        };
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var time = TimeProvider.System;
        var replay = Replayed(parsed);
        var (prompt, generate) = Lengths(parsed.GetValue(_prompt), parsed.GetValue(_generate), replay);
        var (depth, sequences) = (parsed.GetValue(_depth) ?? 0, parsed.GetValue(_sequences) ?? 1);
        var trace = parsed.GetValue(_trace) is null ? null : new StepTrace(time);
        var options = OptionsOf(parsed) with { Trace = trace };
        await using var engine = await _settings.LoadAsync(_streams, options, cancellation);
        var benchmark = new Benchmark(engine, sequences, replay, time);
        // A full step of prompts warms up as well as many.
        var warmUp = replay is null ? Math.Min(prompt, Math.Max(1, options.StepTokensMax / sequences)) : prompt;
        await benchmark.WarmUpAsync(warmUp, Math.Min(generate, 8), Math.Min(depth, warmUp), cancellation);
        var runs = new List<BenchRun>();
        for (var run = 0; run < (parsed.GetValue(_repeat) ?? 3); run++)
        {
            runs.Add(await benchmark.RunAsync(prompt, generate, depth, cancellation));
        }
        var expected = engine.Forecast?.OfAtOnce(prompt, generate, sequences);
        double Median(Func<BenchRun, double> value) => BenchReport.Median(runs.Select(value));
        var generated = Median(run => run.GeneratedTokensPerSecond);
        Print(
            parsed.GetValue(_json),
            new BenchReport
            {
                Model = engine.Header.Source,
                PromptTokensPerSecond = Median(run => run.PromptTokensPerSecond),
                GeneratedTokensPerSecond = generated,
                TtftMs = Median(run => run.TtftMs),
                TpotMs = Median(run => run.TpotMs),
                PredictedTtftMs = expected?.TtftSeconds * 1e3,
                PredictedTpotMs = expected?.TpotSeconds * 1e3,
                Profile = _settings.Plan.Profile.ToString().ToLowerInvariant(),
                ComputeMs = Median(run => run.ComputeMs),
                WaitMs = Median(run => run.WaitMs),
                TokensAStep = Median(run => run.TokensAStep),
                Acceptance = BenchReport.AcceptanceOf(runs),
                Speculation = options.Speculation.ToString().ToLowerInvariant(),
                BandwidthGBs =
                    WeightTraffic.BytesAToken(engine.Header)
                    * generated
                    / sequences
                    / Median(run => run.TokensAStep)
                    / 1e9,
                CeilingGBs = BandwidthCeiling.MeasureGBs(Math.Min(engine.Plan.Threads, engine.Plan.Cores), time),
                Plan = engine.Plan.ToString(),
                Workers = WorkerReport.Of(engine.Plan),
                Kernels = engine.Kernels,
                Prompt = prompt,
                Generate = generate,
                Sequences = sequences,
                Depth = depth,
                Runs = runs,
            }
        );
        if (trace is not null)
        {
            OutputFile.Write(parsed.GetValue(_trace)!, trace.Write);
        }
        return ExitCode.Success;
    }

    private void Print(bool json, BenchReport report)
    {
        if (json)
        {
            _streams.Output.WriteLine(JsonSerializer.Serialize(report, BenchReportJson.Default.BenchReport));
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "median", "least", "most", "predicted");
        void Row(string name, Func<BenchRun, double> value, double? predicted = null)
        {
            var values = report.Runs.Select(value).ToArray();
            var expected = predicted is { } known ? Text(known) : "";
            table.AddRow(name, Text(BenchReport.Median(values)), Text(values.Min()), Text(values.Max()), expected);
        }
        Row("prompt, tokens/s", run => run.PromptTokensPerSecond);
        Row("generated, tokens/s", run => run.GeneratedTokensPerSecond);
        Row("first token (TTFT), ms", run => run.TtftMs, report.PredictedTtftMs);
        Row("next token (TPOT), ms", run => run.TpotMs, report.PredictedTpotMs);
        Row("a step's computing, ms", run => run.ComputeMs);
        Row("a step's waiting, ms", run => run.WaitMs);
        Row("tokens a step", run => run.TokensAStep);
        _streams.Tables.Write(table);
        _streams.Tables.Write(SharesOf(report.Runs[^1].WorkerShares));
        if (report.Acceptance is { } acceptance)
        {
            _streams.Output.WriteLine(
                FormattableString.Invariant($"guesses by {report.Speculation}: {acceptance:p0} of them right")
            );
        }
        var share = report.BandwidthGBs / report.CeilingGBs;
        _streams.Output.WriteLine(
            FormattableString.Invariant(
                $"weights read at {report.BandwidthGBs:f1} GB/s, {share:p0} of the {report.CeilingGBs:f1} that these cores read ({report.Plan}; {report.Kernels})"
            )
        );
    }

    private static Table SharesOf(IReadOnlyList<WorkerShares> shares)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("copy", "stage", "rank", "busy", "waits for ranks", "waits for input", "waits for room");
        foreach (var worker in shares)
        {
            table.AddRow(
                $"{worker.Replica}",
                $"{worker.Stage}",
                $"{worker.Rank}",
                Percent(worker.Busy),
                Percent(worker.Wait),
                Percent(worker.InputWait),
                Percent(worker.CreditWait)
            );
        }
        return table;
    }

    private static string Percent(double share) => FormattableString.Invariant($"{share:p1}");

    private static string Text(double value) => FormattableString.Invariant($"{value:f2}");
}
