using System.Globalization;

namespace Tandem.Serving.OpenAi;

/// <summary>The bounds of a request that are not in OpenAI's definition, or that it shares with it.</summary>
public sealed record RequestLimits
{
    /// <summary>The most tokens that end an answer.</summary>
    internal const int StopTokensMax = 256;

    /// <summary>The most answers to each prompt.</summary>
    public int ChoicesMax { get; init; } = 16;

    /// <summary>The most prompts of a request.</summary>
    public int PromptsMax { get; init; } = 64;

    /// <summary>The most texts that one request has embedded.</summary>
    public int EmbeddingsMax { get; init; } = 64;

    /// <summary>The most alternatives of a token.</summary>
    public int TopLogProbabilitiesMax { get; init; } = 20;

    /// <summary>The most stop texts.</summary>
    public int StopsMax { get; init; } = 16;

    /// <summary>The longest stop text, in bytes of UTF-8; every token's text is compared with it.</summary>
    public int StopBytesMax { get; init; } = 256;

    /// <summary>The most tokens with a bias.</summary>
    public int LogitBiasMax { get; init; } = 1_024;

    /// <summary>The most answers to a request.</summary>
    public int AnswersMax => ChoicesMax * PromptsMax;

    /// <summary>Limits as a user writes them, such as <c>n=4,prompts=8</c>: those that are named replace the defaults.</summary>
    /// <exception cref="InputException">One is unknown, or no whole number within reason.</exception>
    public static RequestLimits Parse(string text)
    {
        var limits = new RequestLimits();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var sides = part.Split('=');
            if (
                sides.Length != 2
                || !int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out var max)
                || max > 65_536
            )
            {
                throw new InputException(
                    $"limits: found '{Text.Excerpt.Of(part)}', expected a name and 0 to 65536, such as n=4"
                );
            }
            limits = sides[0] switch
            {
                "n" when max > 0 => limits with { ChoicesMax = max },
                "prompts" when max > 0 => limits with { PromptsMax = max },
                "embeddings" when max > 0 => limits with { EmbeddingsMax = max },
                "top_logprobs" when max <= 1_000 => limits with { TopLogProbabilitiesMax = max },
                "stop" => limits with { StopsMax = max },
                "stop_bytes" when max > 0 => limits with { StopBytesMax = max },
                "logit_bias" => limits with { LogitBiasMax = max },
                _ => throw new InputException(
                    $"limits: found '{Text.Excerpt.Of(part)}', expected n, prompts, embeddings, stop_bytes (1 or more), top_logprobs (at most 1000), stop or logit_bias"
                ),
            };
        }
        return limits;
    }
}
