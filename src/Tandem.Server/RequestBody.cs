using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>Reads what clients send.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 4096;

    /// <summary>The JSON object that a request holds.</summary>
    /// <exception cref="ApiException">It is of another type, or no JSON object.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, or comes too slowly.</exception>
    public static async Task<JsonElement> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        // A web page can send a form or plain text anywhere without being asked, and JSON it cannot.
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !IsJson(type))
        {
            throw new ApiException(
                new ApiError(
                    415,
                    $"found the content type '{Excerpt(request.ContentType)}', expected application/json",
                    null,
                    "unsupported_media_type"
                )
            );
        }
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && encoding != "identity")
        {
            throw new ApiException(
                new ApiError(
                    415,
                    $"found the content encoding '{Excerpt(encoding)}', expected none",
                    null,
                    "unsupported_media_type"
                )
            );
        }
        var buffer = new ArrayBufferWriter<byte>(FirstBytes);
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.GetMemory(FirstBytes), cancellation);
            if (read == 0)
            {
                return JsonBody.Parse(buffer.WrittenMemory);
            }
            buffer.Advance(read);
        }
    }

    private static bool IsJson(MediaTypeHeaderValue type) =>
        type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static string Excerpt(string? text) => text is { Length: > 60 } ? text[..60] + "…" : text ?? "";
}
