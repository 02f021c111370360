using System.Net;
using Microsoft.AspNetCore.Http;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>
/// Who may ask. With keys, whoever has one; only whether the server lives is told to everybody. Without keys, programs of this machine,
/// and no web pages: a browser sends a page's requests to local servers as well, under the page's own names, which give it away.
/// </summary>
/// <param name="keys">The keys, or null.</param>
/// <param name="corsOrigins">Web pages that may ask.</param>
internal sealed class Guard(ApiKeys? keys, IReadOnlyList<string> corsOrigins)
{
    private const string Scheme = "Bearer ";
    private const string NoKey = "found no API key, expected the header Authorization: Bearer KEY";

    // Whoever opens a page can add no header.
    private const string BrowserHint =
        "a browser that opens a page sends none, so ask by a program, such as curl -H 'Authorization: Bearer KEY'; the page to try it, /scalar, opens in a browser where a server has no keys";

    /// <summary>Checks a request.</summary>
    /// <exception cref="ApiException">It is not to be answered.</exception>
    public void Check(HttpContext context)
    {
        if (keys is null)
        {
            CheckPlace(context.Request);
        }
        else if (context.Request.Path.Value is not ("/health" or "/ready"))
        {
            Call.Of(context).Key = RequireKey(context, keys);
        }
    }

    private static string RequireKey(HttpContext context, ApiKeys keys)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var name = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? keys.NameOf(header[Scheme.Length..].Trim())
            : null;
        if (name is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ApiException(
                new ApiError(
                    401,
                    header.Length > 0 ? "the API key is wrong"
                        : IsBrowser(context.Request) ? $"{NoKey}; {BrowserHint}"
                        : NoKey,
                    null,
                    "invalid_api_key"
                )
            );
        }
        return name;
    }

    // Clients of the API ask for JSON, or for anything.
    private static bool IsBrowser(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private void CheckPlace(HttpRequest request)
    {
        if (!IsLoopback(request.Host.Host))
        {
            throw Forbidden("the Host is no loopback name; without API keys only this machine is answered");
        }
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !IsOwn(request, origin) && !corsOrigins.Contains("*") && !corsOrigins.Contains(origin))
        {
            throw Forbidden("web pages of other origins are not answered; see --cors");
        }
    }

    private static bool IsOwn(HttpRequest request, string origin) =>
        origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    private static bool IsLoopback(string host)
    {
        var name = host.TrimStart('[').TrimEnd(']');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));
    }

    private static ApiException Forbidden(string message) => new(new ApiError(403, message, null, "forbidden"));
}
