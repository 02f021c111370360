using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>Whether the server can answer, and how many requests it is answering. Any threads may use it.</summary>
internal sealed class ServerState : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Loaded? _loaded;
    private bool _isDraining;
    private int _active;
    private CancellationTokenSource _asked = new();
    private TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _taken;

    /// <summary>The model; null while it is loading.</summary>
    public Loaded? Loaded
    {
        get => _loaded;
        set => _loaded = value;
    }

    /// <summary>Cancelled when requests that still run are to end.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Whether a request would be taken.</summary>
    public bool IsReady
    {
        get
        {
            lock (_lock)
            {
                return !_isDraining && _loaded is not null;
            }
        }
    }

    /// <summary>Takes a request; it is one of those that a drain waits for until what is returned is disposed.</summary>
    /// <exception cref="ApiException">The model is loading, or the server is about to end.</exception>
    public Entry Enter()
    {
        lock (_lock)
        {
            if (_isDraining)
            {
                throw Unavailable("the server is about to end", "shutting_down");
            }
            if (_loaded is not { } loaded)
            {
                throw Unavailable("the model is loading; try again later", "model_loading");
            }
            _active++;
            _taken++;
            // On a thread of its own: whoever is told must not keep the request waiting.
            if (!_asked.IsCancellationRequested)
            {
                _ = _asked.CancelAsync();
            }
            return new Entry(this, loaded);
        }
    }

    /// <summary>Cancelled when the next request is taken, or one is being answered.</summary>
    public CancellationToken Asked
    {
        get
        {
            lock (_lock)
            {
                return _asked.Token;
            }
        }
    }

    /// <summary>Completes when no request has been there for a while; from then on <see cref="Asked"/> is of the next one.</summary>
    public async Task IdleAsync(TimeSpan quiet, TimeProvider time, CancellationToken cancellation)
    {
        while (true)
        {
            Task left;
            long taken;
            lock (_lock)
            {
                (left, taken) = (_active == 0 ? Task.CompletedTask : _left.Task, _taken);
            }
            await left.WaitAsync(cancellation);
            await Task.Delay(quiet, time, cancellation);
            lock (_lock)
            {
                if (_active == 0 && taken == _taken)
                {
                    _asked.Dispose();
                    _asked = new CancellationTokenSource();
                    return;
                }
            }
        }
    }

    /// <summary>Takes no more requests; completes when all that were taken have ended.</summary>
    public Task DrainAsync()
    {
        lock (_lock)
        {
            _isDraining = true;
            if (_active == 0)
            {
                _idle.TrySetResult();
            }
        }
        return _idle.Task;
    }

    /// <summary>Ends requests that still run.</summary>
    public Task EndAsync() => _ending.CancelAsync();

    public void Dispose()
    {
        _ending.Dispose();
        _asked.Dispose();
    }

    private static ApiException Unavailable(string message, string code) => new(new ApiError(503, message, null, code));

    private void Leave()
    {
        lock (_lock)
        {
            _active--;
            if (_active == 0)
            {
                _left.TrySetResult();
                _left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            if (_isDraining && _active == 0)
            {
                _idle.TrySetResult();
            }
        }
    }

    /// <summary>A request that was taken.</summary>
    internal sealed class Entry(ServerState state, Loaded loaded) : IDisposable
    {
        /// <summary>What answers it.</summary>
        public Loaded Loaded => loaded;

        public void Dispose() => state.Leave();
    }
}
