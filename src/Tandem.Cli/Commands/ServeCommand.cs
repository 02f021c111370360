using System.CommandLine;
using Tandem.Cli.Options;
using Tandem.Planning.Search;
using Tandem.Server;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem serve</c>: OpenAI's API over HTTP, until a signal ends it.</summary>
internal sealed class ServeCommand : Command, IModelCommand
{
    private const double Gibibyte = 1L << 30;

    private readonly Streams _streams;
    private readonly Interrupts _interrupts;
    private readonly EngineSettings _settings;
    private readonly Option<string?> _alias = NewOption.Text(
        "--alias",
        "NAME",
        "What clients call the model. [default: its file's name]"
    );
    private readonly Option<string?> _host = NewOption.Text(
        "--host",
        "ADDRESS",
        "The address to listen on; * is all of them. [default: 127.0.0.1]"
    );
    private readonly Option<int?> _port = NewOption.Of(
        "--port",
        "N",
        "The port; 0 is any that is free. [default: 8080]",
        Values.Whole(0, 65535)
    );
    private readonly Option<int?> _sequences = NewOption.Of(
        "--sequences",
        "N",
        "Answers that are computed at the same time; others wait. [default: 64]",
        Values.Whole(1, 4096)
    );
    private readonly Option<int?> _queue = NewOption.Of(
        "--max-queue",
        "N",
        "Answers that may wait; more are refused. [default: 1024]",
        Values.Whole(1)
    );
    private readonly Option<TimeSpan?> _queueTimeout = NewOption.Of(
        "--queue-timeout",
        "T",
        "How long a request may wait before it runs, such as 90s or 10m. [default: as long as it takes]",
        Values.Time
    );
    private readonly Option<TimeSpan?> _requestTimeout = NewOption.Of(
        "--request-timeout",
        "T",
        "How long a request may take, such as 90s or 10m. [default: as long as it takes]",
        Values.Time
    );
    private readonly Option<TimeSpan?> _drainTimeout = NewOption.Of(
        "--drain-timeout",
        "T",
        "How long running requests have left after SIGTERM or Ctrl-C. [default: 30s]",
        Values.Time
    );
    private readonly Option<TimeSpan?> _readerTimeout = NewOption.Of(
        "--reader-timeout",
        "T",
        "How long a client may let its answer lie unread. [default: 30s]",
        Values.Time
    );
    private readonly Option<string?> _apiKeyFile = NewOption.Text(
        "--api-key-file",
        "FILE",
        "Who may ask: on each line a name and the SHA-256 of a key."
    );
    private readonly Option<string[]> _cors = new("--cors")
    {
        HelpName = "ORIGIN",
        Description = "A web page that may ask, such as https://chat.example.com, or * for all; may be given again.",
    };
    private readonly Option<RequestLimits?> _limits = NewOption.Of(
        "--limits",
        "NAME=N,…",
        "What a request may ask for: n=16,prompts=64,embeddings=64,top_logprobs=20,stop=16,stop_bytes=256,logit_bias=1024.",
        Values.Limits
    );
    private readonly Option<ServiceLevel?> _level = NewOption.Of(
        "--slo",
        "ttft=T,tpot=T",
        "How soon the first token is to come, and each one after it on average: prompts give way to answers as far as that takes, and /metrics counts the answers that came so soon.",
        Values.ServiceLevel
    );
    private readonly Option<bool> _logTexts = NewOption.Flag(
        "--log-texts",
        "Logs what is asked and what is answered; otherwise no text is."
    );

    public ServeCommand(Streams streams, Interrupts interrupts, WorkerProcesses processes)
        : base("serve", "Answers over HTTP as OpenAI's API does.")
    {
        (_streams, _interrupts, _settings) = (streams, interrupts, new EngineSettings(processes));
        _settings.AddTo(this);
        Add(_alias);
        Add(_host);
        Add(_port);
        Add(_sequences);
        Add(_queue);
        Add(_queueTimeout);
        Add(_requestTimeout);
        Add(_drainTimeout);
        Add(_readerTimeout);
        Add(_apiKeyFile);
        Add(_cors);
        Add(_limits);
        Add(_level);
        Add(_logTexts);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = ServerOptionsOf(parsed);
        using var signals = new ServeSignals(_interrupts);
        await using var server = new TandemServer(options);
        await server.StartAsync(cancellation);
        var measuring = Task.CompletedTask;
        try
        {
            var engine = await _streams.WithProgressAsync(
                "loading the model",
                progress => server.LoadAsync(progress, signals.Token),
                signals.Token,
                new PlainProgress("loading the model", TimeProvider.System, _streams.Note)
            );
            _settings.Plan.Note(_streams, engine.Plan);
            var model = options.Alias ?? engine.Header.Source;
            await _streams.Output.WriteLineAsync(Describe(server, model, engine).AsMemory(), signals.Token);
            await _streams.Output.FlushAsync(signals.Token);
            if (_settings.Plan.WantsMeasuring)
            {
                measuring = new IdleProfiler(_streams, server, TimeProvider.System).RunAsync(signals.Token);
            }
            await signals.Ended;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            // It was still loading, and has answered nobody.
        }
        await server.DrainAsync();
        await measuring;
        return ExitCode.Success;
    }

    private static string Describe(TandemServer server, string model, Engine engine) =>
        FormattableString.Invariant(
            $"tandem: {string.Join(", ", server.Addresses)} serves {model}, plan {engine.Plan}, {engine.Plan.Workers.Sum(worker => worker.OwnBytes) / Gibibyte:0.00} GiB"
        );

    /// <inheritdoc/>
    public PlanSettings Plan => _settings.Plan;

    /// <inheritdoc/>
    public EngineOptions OptionsOf(ParseResult parsed) => ServerOptionsOf(parsed).Engine;

    // As many requests as may run where somebody has said how many; else one after the other, whom more units a request serve best.
    private Workload WorkloadOf(ParseResult parsed)
    {
        var level = parsed.GetValue(_level);
        return new Workload
        {
            Concurrency = parsed.GetValue(_sequences) ?? 1,
            Goal = level is null ? PlanGoal.Latency : PlanGoal.Throughput,
            Objective = level is null
                ? null
                : new ServiceObjective(level.FirstToken?.TotalSeconds, level.Token?.TotalSeconds),
        };
    }

    private ServerOptions ServerOptionsOf(ParseResult parsed)
    {
        var defaults = new ServerOptions { Engine = _settings.Read(parsed) };
        var limits = parsed.GetValue(_limits) ?? defaults.Limits;
        var sequences = parsed.GetValue(_sequences) ?? defaults.Engine.SequencesMax;
        return defaults with
        {
            Engine = defaults.Engine with
            {
                Workload = WorkloadOf(parsed),
                SequencesMax = sequences,
                StepTokensMax = Math.Max(defaults.Engine.StepTokensMax, sequences + 1),
                WaitingMax = parsed.GetValue(_queue) ?? defaults.Engine.WaitingMax,
                QueueTimeout = parsed.GetValue(_queueTimeout),
                StepTimeMax = parsed.GetValue(_level)?.Token,
                TopLogProbabilitiesMax = limits.TopLogProbabilitiesMax,
            },
            Alias = parsed.GetValue(_alias),
            Host = parsed.GetValue(_host) ?? defaults.Host,
            Port = parsed.GetValue(_port) ?? defaults.Port,
            ApiKeyFile = parsed.GetValue(_apiKeyFile),
            CorsOrigins = parsed.GetValue(_cors) ?? [],
            Limits = limits,
            RequestTimeout = parsed.GetValue(_requestTimeout),
            DrainTimeout = parsed.GetValue(_drainTimeout) ?? defaults.DrainTimeout,
            ReaderTimeout = parsed.GetValue(_readerTimeout) ?? defaults.ReaderTimeout,
            ServiceLevel = parsed.GetValue(_level),
            Profile = _settings.Plan.Profile,
            LogsTexts = parsed.GetValue(_logTexts),
        };
    }
}
