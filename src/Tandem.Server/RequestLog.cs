using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tandem.Server;

/// <summary>Logs requests, a line each. Prompts and answers are no part of it, unless they are asked for.</summary>
/// <param name="logger">Where to.</param>
/// <param name="options">Whether texts are logged.</param>
internal sealed partial class RequestLog(ILogger<RequestLog> logger, ServerOptions options)
{
    /// <summary>Tells of a request that has ended.</summary>
    public void Add(HttpContext context, Call call, int status, TimeSpan took)
    {
        var milliseconds = (long)took.TotalMilliseconds;
        var path = KnownPath(context);
        var method = context.Request.Method;
        if (status != Errors.ClientClosedRequest && call.Error is { } error && IsMistake(error))
        {
            LogFailure(error, call.Api.Id, method, path, status, milliseconds);
            return;
        }
        LogRequest(
            call.Api.Id,
            call.Key ?? "-",
            method,
            path,
            status,
            milliseconds,
            call.PromptTokens,
            call.GeneratedTokens
        );
    }

    /// <summary>Tells what a request asks, where that is wanted.</summary>
    public void AddBody(Call call, JsonElement body)
    {
        if (options.LogsTexts)
        {
            var (id, text) = (call.Api.Id, body.GetRawText());
            LogBody(id, text);
        }
    }

    /// <summary>Tells what the answer of a choice is; null where that is not wanted.</summary>
    public Action<int, string>? Answers(Call call) =>
        options.LogsTexts ? (choice, text) => LogAnswer(call.Api.Id, choice, text) : null;

    // What clients are told in so many words is none of the server's.
    private static bool IsMistake(Exception error) => Errors.Of(error).Code == Errors.Internal;

    // A path that is not ours may hold anything.
    private static string KnownPath(HttpContext context) =>
        context.GetEndpoint() is Microsoft.AspNetCore.Routing.RouteEndpoint { RoutePattern.RawText: { } pattern }
            ? pattern
            : "(unknown)";

    [LoggerMessage(
        EventId = 1,
        Level = LogLevel.Information,
        Message = "req_{Id} {Key} {Method} {Path} {Status} in {Milliseconds} ms, {PromptTokens} tokens in, {GeneratedTokens} out"
    )]
    private partial void LogRequest(
        string id,
        string key,
        string method,
        string path,
        int status,
        long milliseconds,
        int promptTokens,
        int generatedTokens
    );

    [LoggerMessage(
        EventId = 2,
        Level = LogLevel.Error,
        Message = "req_{Id} {Method} {Path} {Status} in {Milliseconds} ms"
    )]
    private partial void LogFailure(
        Exception error,
        string id,
        string method,
        string path,
        int status,
        long milliseconds
    );

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "req_{Id} asks {Body}")]
    private partial void LogBody(string id, string body);

    [LoggerMessage(
        EventId = 4,
        Level = LogLevel.Information,
        Message = "req_{Id} choice {Choice} is answered {Answer}"
    )]
    private partial void LogAnswer(string id, int choice, string answer);
}
