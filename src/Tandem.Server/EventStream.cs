using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>
/// A response of server-sent events: each is written into the connection's own buffer and sent at once. Whoever writes holds the stream.
/// What a client does not read is bounded by that buffer; a client that lets it lie too long is cut off.
/// </summary>
/// <param name="context">Whose response it is.</param>
/// <param name="options">How long a client may let lie what was sent.</param>
/// <seealso href="https://html.spec.whatwg.org/multipage/server-sent-events.html"/>
internal sealed class EventStream(HttpContext context, ServerOptions options) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly PipeWriter _output = context.Response.BodyWriter;
    private Utf8JsonWriter? _json;

    /// <summary>Whether anything was written, so that the response's status is on its way.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether anything was written since this was last set to false.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Takes the stream; <see cref="Release"/> gives it back.</summary>
    public Task TakeAsync(CancellationToken cancellation) => _gate.WaitAsync(cancellation);

    /// <summary>Gives the stream back.</summary>
    public void Release() => _gate.Release();

    /// <summary>Begins an event whose data is JSON.</summary>
    public Utf8JsonWriter BeginData()
    {
        Write("data: "u8);
        if (_json is null)
        {
            _json = new Utf8JsonWriter(_output, JsonBody.WriterOptions);
        }
        else
        {
            _json.Reset();
        }
        return _json;
    }

    /// <summary>Ends the event.</summary>
    public void EndData()
    {
        _json!.Flush();
        Write("\n\n"u8);
    }

    /// <summary>Writes bytes as they are: a whole event, or a comment.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (!HasBegun)
        {
            HasBegun = true;
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            context.Response.Headers.CacheControl = "no-cache";
            // Asks proxies to pass events on as they come.
            context.Response.Headers["X-Accel-Buffering"] = "no";
        }
        IsBusy = true;
        bytes.CopyTo(_output.GetSpan(bytes.Length));
        _output.Advance(bytes.Length);
    }

    /// <summary>Sends what was written.</summary>
    /// <exception cref="OperationCanceledException">The client has left, or has not read for too long.</exception>
    public ValueTask SendAsync(CancellationToken cancellation)
    {
        // To send nothing would send the headers, which are not set before there is something.
        if (!HasBegun)
        {
            return ValueTask.CompletedTask;
        }
        var sent = _output.FlushAsync(cancellation);
        if (!sent.IsCompletedSuccessfully)
        {
            return WaitAsync(sent.AsTask());
        }
        RequireClient(sent.Result);
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        _json?.Dispose();
        _gate.Dispose();
    }

    private static void RequireClient(FlushResult sent)
    {
        if (sent.IsCompleted)
        {
            throw new OperationCanceledException("the client has closed the connection");
        }
    }

    private async ValueTask WaitAsync(Task<FlushResult> sending)
    {
        try
        {
            RequireClient(await sending.WaitAsync(options.ReaderTimeout, options.Time));
        }
        catch (TimeoutException)
        {
            context.Abort();
            await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new OperationCanceledException("the client does not read");
        }
    }
}
