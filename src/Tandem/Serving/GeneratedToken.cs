namespace Tandem.Serving;

/// <summary>One token of an answer, as it is made.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">The text that it completes: whole characters, nothing that may turn out to begin a stop text.</param>
/// <param name="LogProbability">Its natural log-probability, where the request asked for it.</param>
/// <param name="Top">The most likely tokens in its place, where the request asked for them.</param>
/// <param name="Finish">Set on the last token.</param>
/// <param name="Times">Set on the last token.</param>
public sealed record GeneratedToken(
    int Id,
    string Text,
    float? LogProbability,
    IReadOnlyList<TokenChance> Top,
    FinishReason? Finish,
    GenerationTimes? Times
);
