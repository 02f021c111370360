using System.Net;
using System.Text;
using System.Text.Json;

namespace Tandem.EndToEnd.Server;

/// <summary>What clients send and get.</summary>
internal static class Requests
{
    public const string Chat = "/v1/chat/completions";
    public const string Completions = "/v1/completions";
    public const string Sky = """{"messages":[{"role":"user","content":"What colour is the sky?"}],"temperature":0}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Asks with a JSON text, and gives the response when its head has come.</summary>
    public static async Task<HttpResponseMessage> PostAsync(
        this HttpClient client,
        string path,
        string body,
        CancellationToken? cancellation = null
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation ?? Cancellation);
    }

    /// <summary>Asks with a JSON text, and gives the JSON that comes with a success.</summary>
    public static async Task<JsonElement> AskAsync(this HttpClient client, string path, string body)
    {
        using var response = await client.PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode}: {text}");
        return Parse(text);
    }

    /// <summary>Asks with a JSON text, and gives the error that comes.</summary>
    public static async Task<JsonElement> FailAsync(
        this HttpClient client,
        string path,
        string body,
        HttpStatusCode status
    )
    {
        using var response = await client.PostAsync(path, body);
        return await response.ErrorAsync(status);
    }

    /// <summary>The error that a response tells, in OpenAI's shape.</summary>
    public static async Task<JsonElement> ErrorAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == status, $"{response.StatusCode}: {text}");
        var error = Parse(text).GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
        return error;
    }

    /// <summary>The events of a streamed response, which ends with <c>[DONE]</c>; comments are passed over.</summary>
    public static async Task<List<JsonElement>> StreamAsync(this HttpClient client, string path, string body)
    {
        using var response = await client.PostAsync(path, body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var events = await EventsAsync(response).ToListAsync(Cancellation);
        Assert.Equal("[DONE]", events[^1]);
        return [.. events.SkipLast(1).Select(Parse)];
    }

    /// <summary>The data of a streamed response's events, as they come.</summary>
    public static async IAsyncEnumerable<string> EventsAsync(HttpResponseMessage response)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation), Encoding.UTF8);
        while (await reader.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                yield return line["data: ".Length..];
                Assert.Equal("", await reader.ReadLineAsync(Cancellation));
            }
            else
            {
                Assert.True(line.Length == 0 || line[0] == ':', line);
            }
        }
    }

    /// <summary>A field of a value.</summary>
    public static JsonElement At(this JsonElement value, string field) => value.GetProperty(field);

    /// <summary>The text of a field.</summary>
    public static string? TextAt(this JsonElement value, string field) => value.GetProperty(field).GetString();

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
