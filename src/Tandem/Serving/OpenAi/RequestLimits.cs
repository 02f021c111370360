namespace Tandem.Serving.OpenAi;

/// <summary>The bounds of a request that are not in OpenAI's definition, or that it shares with it.</summary>
public static class RequestLimits
{
    /// <summary>The most answers to one request, over all its prompts.</summary>
    public const int ChoicesMax = 128;

    /// <summary>The most texts that one request has embedded.</summary>
    public const int EmbeddingsMax = 2_048;

    /// <summary>The most alternatives of a token.</summary>
    internal const int TopLogProbabilitiesMax = 20;

    /// <summary>The most stop texts.</summary>
    internal const int StopsMax = 16;

    /// <summary>The longest stop text; every token's text is compared with it.</summary>
    internal const int StopLengthMax = 256;

    /// <summary>The most tokens that end an answer.</summary>
    internal const int StopTokensMax = 256;
}
