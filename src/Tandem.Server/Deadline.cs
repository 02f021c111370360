using Microsoft.AspNetCore.Http;

namespace Tandem.Server;

/// <summary>All that can end a request early: its client leaves, its time is over, or the server ends.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly ServerState _state;
    private readonly TimeSpan? _limit;
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _all;
    private readonly CancellationToken _client;

    /// <summary>The deadline of a request that begins now.</summary>
    public Deadline(HttpContext context, ServerState state, ServerOptions options)
    {
        (_state, _limit, _client) = (state, options.RequestTimeout, context.RequestAborted);
        _time = _limit is { } limit ? new CancellationTokenSource(limit, options.Time) : new CancellationTokenSource();
        _all = CancellationTokenSource.CreateLinkedTokenSource(_client, _time.Token, state.Ending);
    }

    /// <summary>Cancelled when the request is to end.</summary>
    public CancellationToken Token => _all.Token;

    /// <summary>Why a request ended, where it was cancelled and its client has not left; else the error itself.</summary>
    public Exception Reason(Exception error) =>
        error is not OperationCanceledException || _client.IsCancellationRequested ? error
        : _time.IsCancellationRequested ? new RequestTimeoutException(_limit!.Value)
        : _state.Ending.IsCancellationRequested ? new ServerEndingException()
        : error;

    public void Dispose()
    {
        _all.Dispose();
        _time.Dispose();
    }
}
