namespace Tandem.Serving;

/// <summary>One token of an answer, as it is made.</summary>
/// <param name="Id">Its id. The last may be one that ends the answer and is no part of its text.</param>
/// <param name="Text">The text that it completes: whole characters, nothing that may turn out to begin a stop text.</param>
/// <param name="LogProbability">Its natural log-probability, where the request asked for it.</param>
/// <param name="Top">The most likely tokens in its place, where the request asked for them.</param>
/// <param name="Seconds">From the request to this token.</param>
/// <param name="Finish">Set on the last token.</param>
/// <param name="Times">Set on the last token.</param>
public sealed record GeneratedToken(
    int Id,
    string Text,
    float? LogProbability,
    IReadOnlyList<TokenChance> Top,
    double Seconds,
    FinishReason? Finish,
    GenerationTimes? Times
);
