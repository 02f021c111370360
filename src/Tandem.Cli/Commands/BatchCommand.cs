using System.CommandLine;
using Tandem.Cli.Options;
using Tandem.Planning.Search;
using Tandem.Serving;
using Tandem.Serving.Batches;
using Tandem.Serving.OpenAi;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem batch</c>: requests in a file, answered many at a time into another.</summary>
internal sealed class BatchCommand : Command, IModelCommand
{
    private const int SequencesDefault = 64;

    // Results are written in order, so while a long one holds up the file others must find work.
    private const int RequestsASequence = 4;

    // OpenAI's own number of texts to embed: a request of a file keeps nobody else waiting.
    private static readonly RequestLimits s_limits = new() { EmbeddingsMax = 2_048 };

    private readonly Streams _streams;
    private readonly EngineSettings _settings;
    private readonly Option<string?> _input = NewOption.Text(
        "--input",
        "FILE",
        "The requests, one JSON object a line, in OpenAI's batch format."
    );
    private readonly Option<string?> _output = NewOption.Text(
        "--output",
        "FILE",
        "The results, in the order of the requests; a run that was ended goes on where it was."
    );
    private readonly Option<int?> _sequences = NewOption.Of(
        "--sequences",
        "N",
        $"Answers that are computed at the same time. [default: {SequencesDefault}]",
        Values.Whole(1, 1024)
    );

    public BatchCommand(Streams streams, WorkerProcesses processes)
        : base("batch", "Answers a file of requests, and goes on where it was after any end.")
    {
        (_streams, _settings) = (streams, new EngineSettings(processes));
        _input.Required = true;
        _output.Required = true;
        Add(_input);
        Add(_output);
        _settings.AddTo(this);
        Add(_sequences);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var (input, output) = (parsed.GetRequiredValue(_input)!, parsed.GetRequiredValue(_output)!);
        // A batch that is done needs no model.
        using var job = BatchJob.Open(input, output);
        var totals = job.Left > 0 ? await AnswerAsync(parsed, job, input, cancellation) : null;
        _streams.Note(
            totals is null
                ? $"{output}: has the results of all requests already"
                : FormattableString.Invariant(
                    $"{output}: {totals.Written} results written, {totals.Errors} of them errors; {totals.Found} were there before"
                )
        );
        return ExitCode.Success;
    }

    private async Task<BatchTotals> AnswerAsync(
        ParseResult parsed,
        BatchJob job,
        string input,
        CancellationToken cancellation
    )
    {
        var options = OptionsOf(parsed);
        await using var engine = await _settings.LoadAsync(_streams, options, cancellation);
        var model = ServedModel.Of(engine, Path.GetFileNameWithoutExtension(engine.Header.Source)) with
        {
            Limits = s_limits,
        };
        var title = $"answering {input}";
        return await _streams.WithProgressAsync(
            title,
            progress =>
                job.RunAsync(
                    new ApiEndpoints(engine, model),
                    RequestsASequence * options.SequencesMax,
                    TimeProvider.System,
                    progress,
                    cancellation
                ),
            cancellation,
            new PlainProgress(title, TimeProvider.System, _streams.Note)
        );
    }

    /// <inheritdoc/>
    public PlanSettings Plan => _settings.Plan;

    /// <inheritdoc/>
    public EngineOptions OptionsOf(ParseResult parsed)
    {
        var options = _settings.Read(parsed);
        var sequences = parsed.GetValue(_sequences) ?? SequencesDefault;
        return options with
        {
            Workload = new Workload
            {
                Concurrency = sequences,
                Goal = PlanGoal.Throughput,
                StepSlowdownMax = double.PositiveInfinity,
            },
            SequencesMax = sequences,
            StepTokensMax = Math.Max(options.StepTokensMax, sequences + 1),
            // What waits is bounded by the requests that are under way, and each of them by its own limits.
            WaitingMax = RequestsASequence * sequences * Math.Max(s_limits.AnswersMax, s_limits.EmbeddingsMax),
            WaitingTokensMax = long.MaxValue,
        };
    }
}
