using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>Writes whole responses.</summary>
internal static class Responses
{
    /// <summary>Adds a path that can be read, by HEAD as well: whoever watches a server often asks for no more than the head.</summary>
    public static void MapRead(IEndpointRouteBuilder routes, string path, RequestDelegate answer) =>
        routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], answer);

    /// <summary>Sends JSON.</summary>
    public static async Task WriteJsonAsync(
        HttpResponse response,
        int status,
        byte[] body,
        CancellationToken cancellation
    )
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            await response.Body.WriteAsync(body, cancellation);
        }
    }

    /// <summary>Sends text.</summary>
    public static async Task WriteTextAsync(
        HttpResponse response,
        int status,
        string text,
        CancellationToken cancellation
    )
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = Encoding.UTF8.GetByteCount(text);
        await response.WriteAsync(text, cancellation);
    }

    /// <summary>Tells an error.</summary>
    public static Task WriteErrorAsync(HttpResponse response, ApiError error)
    {
        if (error.Status is 429 or 503)
        {
            response.Headers.RetryAfter = "1";
        }
        return WriteJsonAsync(response, error.Status, error.ToBody(), response.HttpContext.RequestAborted);
    }
}
