using System.Text;
using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>Reads what requests for chats and for completions have in common.</summary>
internal static class GenerationReader
{
    // Makes the seeds of several answers as different as if each had been named: 2^64 divided by the golden ratio.
    private const ulong SeedStep = 0x9E3779B97F4A7C15;

    /// <summary>The most answers to each prompt.</summary>
    public static int ChoicesAPrompt(JsonFields body, RequestLimits limits) =>
        (int)(body.Whole("n", 1, limits.ChoicesMax) ?? 1);

    /// <summary>The most tokens of an answer. How many that may be is no error: the context ends every answer.</summary>
    public static int? TokensMax(JsonFields body, string field, int min = 1) =>
        body.Whole(field, min, long.MaxValue) is { } tokens ? (int)Math.Min(tokens, int.MaxValue) : null;

    /// <summary>What is to be generated, without the prompt.</summary>
    /// <param name="body">The request.</param>
    /// <param name="model">The model.</param>
    /// <param name="seed">The seed where it names none.</param>
    /// <param name="maxTokens">The most tokens.</param>
    /// <param name="topLogProbabilities">Alternatives of each token; −1 for no log-probabilities at all.</param>
    /// <exception cref="ApiException">A field is wrong, or not built.</exception>
    public static GenerationRequest Read(
        JsonFields body,
        ServedModel model,
        ulong seed,
        int maxTokens,
        int topLogProbabilities
    )
    {
        UnbuiltFields.Refuse(body);
        if (body.Whole("best_of", 1, int.MaxValue) > ChoicesAPrompt(body, model.Limits))
        {
            throw ApiException.Unbuilt("best_of");
        }
        return new GenerationRequest
        {
            Prompt = [],
            Sampling = SamplingReader.Read(body, model, seed) with { TopLogProbabilities = topLogProbabilities },
            MaxTokens = maxTokens,
            Stop = Stops(body, model.Limits),
            StopTokens = StopTokens(body, model.Vocabulary),
            IgnoreEos = body.Flag("ignore_eos") ?? false,
            Priority = (int)(body.Whole("priority", int.MinValue, int.MaxValue) ?? 0),
            CacheSalt = body.Text("cache_salt"),
        };
    }

    /// <summary>
    /// The requests for several answers to each of some prompts, in order. Each has a seed of its own, that of the first one is the
    /// request's.
    /// </summary>
    public static GenerationRequest[] Choices(GenerationRequest request, IEnumerable<int[]> prompts, int count) =>
        [
            .. prompts
                .SelectMany(prompt => Enumerable.Repeat(prompt, count))
                .Select(
                    (prompt, i) =>
                        request with
                        {
                            Prompt = prompt,
                            Sampling = request.Sampling! with
                            {
                                Seed = unchecked(request.Sampling.Seed + (ulong)i * SeedStep),
                            },
                        }
                ),
        ];

    /// <summary>Whether the answer is wanted piece by piece.</summary>
    public static bool Streams(JsonFields body) => body.Flag("stream") ?? false;

    /// <summary>Whether a streamed answer ends with the numbers of its tokens.</summary>
    public static bool StreamsUsage(JsonFields body) =>
        body.Find("stream_options") is { } options
        && (JsonFields.Of(options, "stream_options").Flag("include_usage") ?? false);

    private static string[] Stops(JsonFields body, RequestLimits limits)
    {
        const string Field = "stop";
        var stops = body.Find(Field) is { ValueKind: JsonValueKind.String } one
            ? [one]
            : body.List(Field, limits.StopsMax);
        return
        [
            .. stops.Select(stop =>
                stop.ValueKind == JsonValueKind.String
                && stop.GetString() is { Length: > 0 } text
                && Encoding.UTF8.GetByteCount(text) <= limits.StopBytesMax
                    ? text
                    : throw body.Wrong(Field, stop, $"strings of 1 to {limits.StopBytesMax} bytes")
            ),
        ];
    }

    private static int[] StopTokens(JsonFields body, int vocabulary)
    {
        const string Field = "stop_token_ids";
        return
        [
            .. body.List(Field, RequestLimits.StopTokensMax)
                .Select(token =>
                    token.ValueKind == JsonValueKind.Number
                    && token.TryGetInt32(out var id)
                    && id >= 0
                    && id < vocabulary
                        ? id
                        : throw body.Wrong(Field, token, $"ids from 0 to {vocabulary - 1}")
                ),
        ];
    }
}
