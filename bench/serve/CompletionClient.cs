using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Tandem.Bench.Serve;

/// <summary>Asks a server for streamed completions, each over a connection of its own where others are busy, and measures.</summary>
internal sealed class CompletionClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _model;
    private readonly TimeProvider _time;

    public CompletionClient(string url, string? model, string? key, TimeProvider time)
    {
        _http = new HttpClient { BaseAddress = new Uri(url), Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        _model = model is null ? "" : $"\"model\":{JsonSerializer.Serialize(model)},";
        _time = time;
    }

    /// <summary>Asks once.</summary>
    /// <param name="prompt">The prompt, as JSON.</param>
    /// <param name="answer">Tokens of the answer.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<Sample> AskAsync(string prompt, int answer, CancellationToken cancellation)
    {
        const string Options = """
            "temperature":0,"ignore_eos":true,"stream":true,"stream_options":{"include_usage":true}}
            """;
        var body = $"{{{_model}\"prompt\":{prompt},\"max_tokens\":{answer},{Options}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        var start = _time.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return response.IsSuccessStatusCode
                ? await ReadAsync(response, start, cancellation)
                : new Sample(0, 0, 0, 0, $"status {(int)response.StatusCode}");
        }
        catch (HttpRequestException error)
        {
            return new Sample(0, 0, 0, 0, error.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Sample> ReadAsync(HttpResponseMessage response, long start, CancellationToken cancellation)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        double? first = null;
        var (last, gap, pieces, tokens) = (0d, 0d, 0, 0);
        string? error = "the stream has no end";
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
            {
                continue;
            }
            if (line == "data: [DONE]")
            {
                error = null;
                break;
            }
            using var json = JsonDocument.Parse(line["data: ".Length..]);
            if (json.RootElement.TryGetProperty("error", out var told))
            {
                return new Sample(0, 0, 0, 0, told.GetRawText());
            }
            if (json.RootElement.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
            {
                tokens = usage.GetProperty("completion_tokens").GetInt32();
            }
            if (json.RootElement.GetProperty("choices").GetArrayLength() == 0)
            {
                continue;
            }
            var now = _time.GetElapsedTime(start).TotalSeconds;
            gap = first is null ? 0 : Math.Max(gap, now - last);
            first ??= now;
            last = now;
            pieces++;
        }
        return new Sample(first ?? 0, last, tokens > 0 ? tokens : pieces, gap, error);
    }
}
