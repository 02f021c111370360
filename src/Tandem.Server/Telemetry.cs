using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tandem.Planning.Profiles;
using Tandem.Serving;

namespace Tandem.Server;

/// <summary>
/// What the server measures, under OpenTelemetry's names where it has some. Nothing is measured a token: what the engine does is read
/// when somebody looks, and a request is measured when it has ended. No label holds a user's text.
/// </summary>
/// <seealso href="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/"/>
internal sealed class Telemetry : IDisposable
{
    /// <summary>What collectors know the measures and traces by.</summary>
    public const string Name = "Tandem.Server";

    private readonly ServerState _state;
    private readonly Meter _meter = new(Name);
    private readonly ActivitySource _traces = new(Name);
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _outputToken;
    private readonly Counter<long> _promptTokens;
    private readonly Counter<long> _generatedTokens;
    private readonly Counter<long>? _promised;
    private readonly Histogram<double> _predictedFirstToken;
    private readonly Histogram<double> _predictedOutputToken;
    private readonly ServiceLevel? _level;

    /// <summary>Measures a server.</summary>
    /// <param name="state">The server.</param>
    /// <param name="options">How soon tokens are to come, and whether that can be predicted.</param>
    public Telemetry(ServerState state, ServerOptions options)
    {
        (_state, _level) = (state, options.ServiceLevel);
        double[] firstToken = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
        double[] token = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
        _duration = Seconds(
            "gen_ai.server.request.duration",
            "From a request to its end.",
            [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
        );
        _firstToken = Seconds(
            "gen_ai.server.time_to_first_token",
            "From a request to its first token (TTFT), waiting included.",
            firstToken
        );
        _predictedFirstToken = Seconds(
            "tandem.predicted.time_to_first_token",
            "What the machine's profile expects of the same answers, so many at a time, from a request to its first token.",
            firstToken
        );
        _outputToken = Seconds(
            "gen_ai.server.time_per_output_token",
            "From a token to the next (TPOT), the mean of an answer.",
            token
        );
        _predictedOutputToken = Seconds(
            "tandem.predicted.time_per_output_token",
            "What the machine's profile expects of the same answers, so many at a time, from a token to the next.",
            token
        );
        _promptTokens = _meter.CreateCounter<long>("tandem.tokens.prompt", "{token}", "Tokens of prompts.");
        _generatedTokens = _meter.CreateCounter<long>("tandem.tokens.generated", "{token}", "Tokens of answers.");
        _promised = _level is null
            ? null
            : _meter.CreateCounter<long>(
                "tandem.slo.answers",
                "{answer}",
                "Answers, and whether they came as soon as they were to."
            );
        ObserveEngine();
        ObserveSteps();
        ObserveWorkers();
        ObserveProfile(options.Profile);
    }

    /// <summary>Notes what goes on as the engine is asked, as far as it is of use when the request has ended.</summary>
    public void Begin(Call call, Engine engine)
    {
        var isTraced = _traces.HasListeners();
        if (!isTraced && engine.Forecast is null)
        {
            return;
        }
        var now = engine.Statistics;
        call.Others = now.Running + now.Waiting;
        call.Workers = isTraced ? now.Workers : null;
    }

    /// <summary>Notes a request that has ended.</summary>
    /// <param name="call">The request.</param>
    /// <param name="operation">What it asked, such as <c>chat</c>.</param>
    /// <param name="status">Its status.</param>
    /// <param name="took">How long it took.</param>
    public void Add(Call call, string operation, int status, TimeSpan took)
    {
        if (_state.Loaded is not { } loaded)
        {
            return;
        }
        var tags = new TagList { { "gen_ai.operation.name", operation }, { "gen_ai.request.model", loaded.Model.Id } };
        foreach (var times in call.Answers)
        {
            _firstToken.Record(times.FirstTokenSeconds, tags);
            if (times.GeneratedTokens > 1)
            {
                _outputToken.Record(times.TokenSeconds, tags);
            }
            Compare(loaded.Engine, call, times, tags);
            _promised?.Add(1, new KeyValuePair<string, object?>("met", _level!.IsMetBy(times) ? "true" : "false"));
        }
        _promptTokens.Add(call.PromptTokens, tags);
        _generatedTokens.Add(call.GeneratedTokens, tags);
        if (status >= 400)
        {
            tags.Add("error.type", status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        _duration.Record(took.TotalSeconds, tags);
        Trace(call, loaded.Engine);
    }

    // As many answers as were there when it was asked for, all like this one, are what is expected.
    private void Compare(Engine engine, Call call, GenerationTimes times, TagList tags)
    {
        var expected = engine.Forecast?.Of(
            times.PromptTokens,
            times.CachedTokens,
            times.GeneratedTokens,
            call.Others + call.Answers.Count
        );
        if (expected is null)
        {
            return;
        }
        _predictedFirstToken.Record(expected.TtftSeconds, tags);
        if (expected.TpotSeconds is { } seconds)
        {
            _predictedOutputToken.Record(seconds, tags);
        }
    }

    public void Dispose()
    {
        _meter.Dispose();
        _traces.Dispose();
    }

    private Histogram<double> Seconds(string name, string description, double[] bounds) =>
        _meter.CreateHistogram(
            name,
            "s",
            description,
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds }
        );

    private void ObserveEngine()
    {
        Gauge("tandem.requests.running", "{request}", "Answers that take part in steps.", one => one.Running);
        Gauge("tandem.requests.waiting", "{request}", "Answers that wait to run.", one => one.Waiting);
        Gauge(
            "tandem.kv_cache.usage_ratio",
            "1",
            "The share of the cache that running answers hold.",
            one => one.CacheUsage
        );
        Count("tandem.prefix_cache.queries", "{token}", "Tokens that began to run.", one => one.PrefixTokensAsked);
        Count("tandem.prefix_cache.hits", "{token}", "Those of them that were cached.", one => one.PrefixTokensHit);
        Count(
            "tandem.set_backs",
            "{sequence}",
            "How often an answer was set back for lack of cache.",
            one => one.SetBacks
        );
    }

    private void ObserveSteps()
    {
        CountSteps("tandem.steps", "{step}", "Steps.", one => one.Steps);
        CountSteps("tandem.step.rows", "{token}", "Tokens computed in all steps.", one => one.Rows);
        CountSteps("tandem.step.compute", "s", "Time that steps computed.", one => one.ComputeSeconds);
        CountSteps("tandem.step.waiting", "s", "Time that steps waited for other threads.", one => one.WaitSeconds);
        CountSteps(
            "tandem.predicted.step",
            "s",
            "What the machine's profile expects steps to compute and wait.",
            one => one.PredictedSeconds
        );
    }

    private void ObserveProfile(ProfileState state)
    {
        var tags = new TagList { { "state", state.ToString().ToLowerInvariant() } };
        _meter.CreateObservableGauge(
            "tandem.profile.info",
            () => new Measurement<int>(1, tags),
            description: "Whether there is a profile of the machine to predict with: used, stale or none."
        );
    }

    private void ObserveWorkers()
    {
        Count("tandem.stage.busy", "Time that a worker ran steps.", worker => worker.BusySeconds);
        Count(
            "tandem.stage.waiting",
            "Time that a worker waited: for other ranks, for a step, or for room in the next stage.",
            worker => worker.WaitSeconds + worker.InputWaitSeconds + worker.CreditWaitSeconds
        );
    }

    private void Gauge(string name, string unit, string description, Func<EngineStatistics, double?> value) =>
        _meter.CreateObservableGauge(name, () => Observe(value), unit, description);

    private void Count(string name, string unit, string description, Func<EngineStatistics, double?> value) =>
        _meter.CreateObservableCounter(name, () => Observe(value), unit, description);

    private void CountSteps(string name, string unit, string description, Func<StepFigures, double?> value) =>
        _meter.CreateObservableCounter(name, () => Observe(value), unit, description);

    private void Count(string name, string description, Func<WorkerFigures, double> value) =>
        _meter.CreateObservableCounter(name, () => Observe(value), "s", description);

    private Measurement<double>[] Observe(Func<EngineStatistics, double?> value) =>
        _state.Loaded is { } loaded && value(loaded.Engine.Statistics) is { } known ? [new(known)] : [];

    // By what is in a step: one that only generates waits for memory, one with prompts computes.
    private IEnumerable<Measurement<double>> Observe(Func<StepFigures, double?> value)
    {
        if (_state.Loaded is not { } loaded)
        {
            yield break;
        }
        var now = loaded.Engine.Statistics;
        foreach (var (kind, figures) in new[] { ("generating", now.Generating), ("prompts", now.WithPrompts) })
        {
            if (value(figures) is { } known)
            {
                yield return new Measurement<double>(known, new KeyValuePair<string, object?>("kind", kind));
            }
        }
    }

    private IEnumerable<Measurement<double>> Observe(Func<WorkerFigures, double> value) =>
        _state.Loaded is { } loaded
            ? loaded.Engine.Statistics.Workers.Select(worker => new Measurement<double>(value(worker), Place(worker)))
            : [];

    private static TagList Place(WorkerFigures worker) =>
        new()
        {
            { "replica", worker.Replica },
            { "stage", worker.Stage },
            { "rank", worker.Rank },
        };

    // Its parts are known only now, and are told with the times at which they were.
    private void Trace(Call call, Engine engine)
    {
        if (!_traces.HasListeners() || Activity.Current is not { } request || call.Began is not { } began)
        {
            return;
        }
        foreach (var times in call.Answers)
        {
            Span(request, "queue", began, 0, times.QueueSeconds, []);
            Span(
                request,
                "prompt",
                began,
                times.QueueSeconds,
                times.FirstTokenSeconds,
                [new("gen_ai.usage.input_tokens", times.PromptTokens), new("tandem.cached_tokens", times.CachedTokens)]
            );
            Span(
                request,
                "generation",
                began,
                times.FirstTokenSeconds,
                times.TotalSeconds,
                [new("gen_ai.usage.output_tokens", times.GeneratedTokens)]
            );
        }
        if (call.Workers is not { } before || call.Answers.Count == 0)
        {
            return;
        }
        var last = call.Answers.Max(times => times.TotalSeconds);
        foreach (var (worker, first) in engine.Statistics.Workers.Zip(before))
        {
            // All that ran meanwhile shares a stage's time: what is told is the worker's, not this request's alone.
            Span(
                request,
                $"stage {worker.Stage}",
                began,
                call.Answers.Min(times => times.QueueSeconds),
                last,
                [
                    new("tandem.replica", worker.Replica),
                    new("tandem.rank", worker.Rank),
                    new("tandem.stage.busy_seconds", worker.BusySeconds - first.BusySeconds),
                    new("tandem.stage.waiting_seconds", worker.WaitSeconds - first.WaitSeconds),
                ]
            );
        }
    }

    private void Span(
        Activity parent,
        string name,
        DateTimeOffset began,
        double from,
        double to,
        IEnumerable<KeyValuePair<string, object?>> tags
    )
    {
        using var span = _traces.StartActivity(
            name,
            ActivityKind.Internal,
            parent.Context,
            tags,
            startTime: began + TimeSpan.FromSeconds(from)
        );
        span?.SetEndTime((began + TimeSpan.FromSeconds(to)).UtcDateTime);
    }
}
