using Microsoft.AspNetCore.Http;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>What went wrong, as clients are told.</summary>
internal static class Errors
{
    /// <summary>What HTTP servers call a request whose client has left; no client sees it.</summary>
    public const int ClientClosedRequest = 499;

    /// <summary>The code of an error that only the log can tell.</summary>
    public const string Internal = "internal_error";

    /// <summary>The error that an exception is to a client.</summary>
    public static ApiError Of(Exception error) =>
        error switch
        {
            ApiException api => api.Error,
            QueueFullException full => new ApiError(429, full.Message, null, "queue_full"),
            QueueTimeoutException queue => new ApiError(503, queue.Message, null, "queue_timeout"),
            RequestTimeoutException timeout => new ApiError(504, timeout.Message, null, "request_timeout"),
            ServerEndingException or ObjectDisposedException => new ApiError(
                503,
                "the server is about to end",
                null,
                "shutting_down"
            ),
            InputException input => new ApiError(400, input.Message, null, "invalid_value"),
            BadHttpRequestException bad => new ApiError(bad.StatusCode, bad.Message, null, "bad_request"),
            _ => new ApiError(500, "the server has made a mistake; its log says more", null, Internal),
        };

    /// <summary>The error of a path or a method that is not there, which routing leaves without a body.</summary>
    public static ApiError? OfStatus(HttpContext context) =>
        context.Response.StatusCode switch
        {
            404 => new ApiError(404, $"there is no {Path(context)} here; see GET /", null, "unknown_url"),
            405 => new ApiError(
                405,
                $"{Path(context)} is not asked by {context.Request.Method}; see GET /",
                null,
                "method_not_allowed"
            ),
            _ => null,
        };

    private static string Path(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        return path.Length > 80 ? path[..80] + "…" : path;
    }
}
