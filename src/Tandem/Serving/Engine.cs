using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Tandem.Devices;
using Tandem.Loading;
using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Text;

namespace Tandem.Serving;

/// <summary>
/// A model that answers: any number of requests at the same time, from any threads. One thread of its own runs the
/// loop: take what has come, step, hand out what it brought.
/// </summary>
public sealed class Engine : IAsyncDisposable
{
    // A prompt may slow the tokens of others down by this much at most.
    private const double SlowdownMax = 2.5;

    private readonly Replica _replica;
    private readonly EngineOptions _options;
    private readonly BlockingCollection<Action> _inbox = [];
    private readonly HashSet<Generation> _generations = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _vocabulary;
    private Exception? _fault;
    private bool _disposed;

    private Engine(WeightFile file, EngineOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        _options = options;
        Header = file.Header;
        Tokenizer = Tokenizer.From(Header);
        DefaultSampling = SamplingDefaults.From(Header);
        var sizes = new ModelOptions
        {
            Context = options.Context,
            Threads = options.Threads,
            CacheType = options.CacheType,
            ExactActivations = options.Float32Activations,
            CacheMemoryBytes = options.CacheMemoryBytes,
            StepRowsMax = options.StepTokensMax,
            SequencesMax = options.SequencesMax,
            SampledRowsMax = options.SequencesMax,
        };
        var model = new LoadedModel(file, sizes, options.Time, progress, cancellation);
        (Context, Notice, Threads, MemoryBytes) = (model.Context, model.Notice, model.Threads, model.AllocatedBytes);
        _vocabulary = model.Model.Shape.Vocabulary;
        var window = model.Model.Shape.WindowMax;
        var scheduler = new Scheduler(
            new SchedulerOptions
            {
                Pages = model.Cache.Pages,
                PageLength = KvLayer.PageLength,
                Context = model.Context,
                SequencesMax = options.SequencesMax,
                StepTokensMax = options.StepTokensMax,
                PrefixCache = options.PrefixCache,
                Window = window,
            }
        );
        var runner = new ModelRunner(
            model,
            PoolingReader.Read(Header),
            window,
            options.SequencesMax,
            options.TopLogProbabilitiesMax,
            options.Time
        );
        _replica = new Replica(scheduler, runner, new PromptPacer(options.StepTokensMax, SlowdownMax));
        new Thread(Run) { IsBackground = true, Name = "tandem engine" }.Start();
    }

    /// <summary>The model's header.</summary>
    public ModelHeader Header { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>How tokens are chosen where a request does not say: the file's own settings, else the engine's.</summary>
    public SamplingParameters DefaultSampling { get; }

    /// <summary>Positions that a sequence may have.</summary>
    public int Context { get; }

    /// <summary>What the user should know about the sizes, or null.</summary>
    public string? Notice { get; }

    /// <summary>Threads that compute.</summary>
    public int Threads { get; }

    /// <summary>Bytes of weights, buffers and cache.</summary>
    public long MemoryBytes { get; }

    /// <summary>Seconds that steps have computed so far.</summary>
    public double ComputeSeconds => _replica.ComputeSeconds;

    /// <summary>Seconds that steps have waited for other threads so far.</summary>
    public double WaitSeconds => _replica.WaitSeconds;

    /// <summary>Loads a model.</summary>
    /// <param name="options">Which one, and how.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="InputException">The file makes no sense, or the memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<Engine> LoadAsync(
        EngineOptions options,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Task.Run(
            () =>
            {
                using var file = options.Model is { } path ? WeightFile.Open(path) : BuiltInModel.Open();
                return new Engine(file, options, progress, cancellationToken);
            },
            cancellationToken
        );

    /// <summary>Continues a prompt; tokens come as they are made. Leaving the enumeration ends the request.</summary>
    /// <param name="request">The prompt and how to go on.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="InputException">The prompt is empty, has unknown ids, or leaves no room for a token.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed, or was while the request ran.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        Check(request);
        var sampling = request.Sampling ?? DefaultSampling;
        var generation = new Generation(request, sampling, request.MaxTokens, Tokenizer, _options.Time);
        Post(() => Add(generation));
        try
        {
            await foreach (var token in generation.Tokens.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return token;
            }
        }
        finally
        {
            TryPost(() => Remove(generation));
        }
    }

    /// <summary>Ends the loop and all requests, and releases the memory.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_inbox)
        {
            if (!_disposed)
            {
                _disposed = true;
                _inbox.CompleteAdding();
            }
        }
        await _ended.Task.ConfigureAwait(false);
    }

    private void Check(GenerationRequest request)
    {
        if (request.Prompt.Count == 0)
        {
            throw new InputException("the prompt has no tokens, expected at least one");
        }
        foreach (var id in request.Prompt)
        {
            if (id < 0 || id >= _vocabulary)
            {
                throw new InputException(
                    $"token {id} is not of the vocabulary, whose ids go from 0 to {_vocabulary - 1}"
                );
            }
        }
        if (request.MaxTokens < 1)
        {
            throw new InputException($"{request.MaxTokens} tokens were asked for, expected at least 1");
        }
    }

    private void Run()
    {
        try
        {
            Loop();
        }
        catch (Exception error)
        {
            // Whoever waits is told; the loop is over, and later requests hear the same.
            _fault = error;
        }
        lock (_inbox)
        {
            _disposed = true;
            _inbox.CompleteAdding();
        }
        foreach (var action in _inbox.GetConsumingEnumerable())
        {
            action();
        }
        foreach (var generation in _generations)
        {
            generation.End(_fault ?? new ObjectDisposedException(nameof(Engine)));
        }
        _replica.Dispose();
        _inbox.Dispose();
        _ended.SetResult();
    }

    private void Loop()
    {
        while (!_inbox.IsAddingCompleted)
        {
            // Without work the loop sleeps until a request or the end comes.
            if (_generations.Count == 0 && _inbox.TryTake(out var first, Timeout.Infinite))
            {
                first();
            }
            while (_inbox.TryTake(out var action))
            {
                action();
            }
            foreach (var sampled in _replica.Step(out var result))
            {
                Deliver(sampled, result!);
            }
        }
    }

    private void Deliver(SampledToken sampled, StepResult result)
    {
        var generation = (Generation)sampled.Sequence.Owner!;
        if (sampled.Row >= 0 && generation.Take(sampled, result))
        {
            Remove(generation);
        }
    }

    private void Add(Generation generation)
    {
        try
        {
            _replica.Scheduler.Add(generation.Sequence, _options.Time.GetElapsedTime(0));
            _generations.Add(generation);
        }
        catch (InputException error)
        {
            generation.End(error);
        }
    }

    private void Remove(Generation generation)
    {
        if (_generations.Remove(generation))
        {
            _replica.Scheduler.Remove(generation.Sequence);
            generation.End(null);
        }
    }

    private void Post(Action action)
    {
        if (!TryPost(action))
        {
            throw _fault is { } fault
                ? new InvalidOperationException("the engine has failed: " + fault.Message, fault)
                : new ObjectDisposedException(nameof(Engine));
        }
    }

    private bool TryPost(Action action)
    {
        lock (_inbox)
        {
            if (_disposed)
            {
                return false;
            }
            _inbox.Add(action);
            return true;
        }
    }
}
