using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Tandem.Server;

/// <summary>What happens around every request: it gets an id, its errors become responses, and it is logged.</summary>
/// <param name="state">Takes requests.</param>
/// <param name="options">The server's options.</param>
/// <param name="log">Where requests are told of.</param>
/// <param name="telemetry">Measures requests.</param>
internal sealed class RequestPipeline(ServerState state, ServerOptions options, RequestLog log, Telemetry telemetry)
{
    /// <summary>Runs a request through what follows.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var call = Call.Begin(options.Time);
        context.Features.Set(call);
        context.Response.Headers["x-request-id"] = $"req_{call.Api.Id}";
        var start = options.Time.GetTimestamp();
        var status = 0;
        try
        {
            await next(context);
            if (!context.Response.HasStarted && Errors.OfStatus(context) is { } error)
            {
                await Responses.WriteErrorAsync(context.Response, error);
            }
            // A stream that fails has sent its status long before.
            status = call.Error is { } failed ? Errors.Of(failed).Status : context.Response.StatusCode;
        }
        catch (Exception error)
        {
            call.Error = error;
            status = await TellAsync(context, error);
        }
        var took = options.Time.GetElapsedTime(start);
        log.Add(context, call, status, took);
        if (context.GetEndpoint()?.Metadata.GetMetadata<Operation>() is { } operation)
        {
            telemetry.Add(call, operation.Name, status, took);
        }
    }

    /// <summary>A path that is asked with a JSON object and needs the model.</summary>
    /// <param name="answer">Answers.</param>
    public RequestDelegate Post(Func<Exchange, JsonElement, Task> answer) =>
        async context =>
        {
            using var entry = state.Enter();
            using var deadline = new Deadline(context, state, options);
            try
            {
                var body = await RequestBody.ReadAsync(context.Request, deadline.Token);
                log.AddBody(Call.Of(context), body);
                entry.Loaded.Model.RequireId(body);
                var call = Call.Of(context);
                call.Began = options.Time.GetUtcNow();
                telemetry.Begin(call, entry.Loaded.Engine);
                await answer(new Exchange(context, entry.Loaded, deadline), body);
            }
            catch (OperationCanceledException error) when (deadline.Reason(error) is not OperationCanceledException)
            {
                throw deadline.Reason(error);
            }
        };

    private static async Task<int> TellAsync(HttpContext context, Exception error)
    {
        if (context.RequestAborted.IsCancellationRequested || error is OperationCanceledException)
        {
            return Errors.ClientClosedRequest;
        }
        var told = Errors.Of(error);
        if (context.Response.HasStarted)
        {
            // Too late for a status: that the response is not whole must show.
            context.Abort();
            return told.Status;
        }
        try
        {
            await Responses.WriteErrorAsync(context.Response, told);
        }
        catch (OperationCanceledException)
        {
            return Errors.ClientClosedRequest;
        }
        return told.Status;
    }
}
