namespace Tandem.Serving;

/// <summary>How soon tokens are to come (a service-level objective, SLO): what is promised is kept to where it can be, and counted.</summary>
/// <param name="FirstToken">The longest time to the first token (TTFT), waiting included; null where nothing is said of it.</param>
/// <param name="Token">The longest mean time from a token to the next (TPOT); null where nothing is said of it.</param>
public sealed record ServiceLevel(TimeSpan? FirstToken, TimeSpan? Token)
{
    /// <summary>Whether an answer came as soon as it was to.</summary>
    public bool IsMetBy(GenerationTimes times) =>
        (FirstToken is not { } first || times.FirstTokenSeconds <= first.TotalSeconds)
        && (Token is not { } token || times.TokenSeconds <= token.TotalSeconds);
}
