using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.Bench.Serve;

/// <summary>Asks a server for streamed completions, each over a connection of its own, and measures.</summary>
internal sealed class CompletionClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _fields;
    private readonly TimeProvider _time;

    /// <summary>A client of a server.</summary>
    /// <param name="url">The server.</param>
    /// <param name="model">What requests call the model; null to say nothing.</param>
    /// <param name="key">The API key, or null.</param>
    /// <param name="fields">More fields of each request's body, as a JSON object.</param>
    /// <param name="time">The clock.</param>
    public CompletionClient(string url, string? model, string? key, JsonObject fields, TimeProvider time)
    {
        _http = new HttpClient { BaseAddress = new Uri(url), Timeout = Timeout.InfiniteTimeSpan };
        // Some servers close a connection behind a stream without a word, and what is sent on it then is lost.
        _http.DefaultRequestHeaders.ConnectionClose = true;
        _http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        if (model is not null)
        {
            fields["model"] = model;
        }
        _fields = string.Concat(
            fields.Select(field => $"{JsonSerializer.Serialize(field.Key)}:{field.Value?.ToJsonString() ?? "null"},")
        );
        _time = time;
    }

    /// <summary>Asks once.</summary>
    /// <param name="prompt">The prompt, as JSON.</param>
    /// <param name="answer">Tokens of the answer.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="begun">Told when the first token is there, or none will come.</param>
    public async Task<Sample> AskAsync(
        string prompt,
        int answer,
        CancellationToken cancellation,
        TaskCompletionSource? begun = null
    )
    {
        const string Options = """
            "temperature":0,"ignore_eos":true,"stream":true,"stream_options":{"include_usage":true}}
            """;
        var body = $"{{{_fields}\"prompt\":{prompt},\"max_tokens\":{answer},{Options}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        var start = _time.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return response.IsSuccessStatusCode
                ? await ReadAsync(response, start, begun, cancellation)
                : Sample.Failed($"status {(int)response.StatusCode}");
        }
        catch (HttpRequestException error)
        {
            return Sample.Failed(error.GetBaseException().Message);
        }
        finally
        {
            begun?.TrySetResult();
        }
    }

    /// <summary>Asks for what cannot be, with a long body, until it is cancelled: a server reads it all, and has it to throw away.</summary>
    /// <param name="rate">How often a second.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task LitterAsync(double rate, CancellationToken cancellation)
    {
        const int Bytes = 32 * 1024;
        var body = $"{{{_fields}\"prompt\":\"{new string('x', Bytes)}\",\"max_tokens\":-1}}";
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / rate), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using var response = await _http.PostAsync("/v1/completions", content, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The load has ended.
        }
    }

    /// <summary>
    /// Looks at what the server has collected, over and over until it is cancelled, so that hardly two collections come between two
    /// looks: how long each has stopped the server, in seconds. Empty for a server that does not say.
    /// </summary>
    public async Task<List<double>> PausesAsync(CancellationToken cancellation)
    {
        var pauses = new List<double>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), _time);
        try
        {
            var last = await CollectionsAsync(cancellation);
            while (last is not null && await timer.WaitForNextTickAsync(cancellation))
            {
                var next = await CollectionsAsync(cancellation) ?? last;
                var count = (int)(next.Count - last.Count);
                pauses.AddRange(Enumerable.Repeat((next.PauseSeconds - last.PauseSeconds) / Math.Max(1, count), count));
                last = next;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The load has ended.
        }
        return pauses;
    }

    public void Dispose() => _http.Dispose();

    private async Task<Sample> ReadAsync(
        HttpResponseMessage response,
        long start,
        TaskCompletionSource? begun,
        CancellationToken cancellation
    )
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        double? first = null;
        var (last, tokens, gaps) = (0d, 0, new List<double>());
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
                return Sample.Failed(told.GetRawText());
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
            if (first is null)
            {
                first = now;
                begun?.TrySetResult();
            }
            else
            {
                gaps.Add(now - last);
            }
            last = now;
        }
        return new Sample(first ?? 0, last, tokens > 0 ? tokens : gaps.Count + 1, gaps, error);
    }

    private async Task<Collections?> CollectionsAsync(CancellationToken cancellation)
    {
        using var response = await _http.GetAsync("/metrics", cancellation);
        return response.IsSuccessStatusCode
            ? Collections.Read(await response.Content.ReadAsStringAsync(cancellation))
            : null;
    }
}
