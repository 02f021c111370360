namespace Tandem.Serving;

/// <summary>How long a request took, and what it did not have to compute.</summary>
/// <param name="QueueSeconds">From the request until its sequence ran.</param>
/// <param name="FirstTokenSeconds">From the request to its first token (TTFT), waiting included.</param>
/// <param name="TotalSeconds">From the request to its last token.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CachedTokens">Those of them that came from the prefix cache.</param>
/// <param name="GeneratedTokens">Tokens generated, one that ends the answer included.</param>
/// <param name="SetBacks">How often the sequence was set back for lack of cache.</param>
/// <param name="ProposedTokens">Guesses at its next tokens that steps have checked.</param>
/// <param name="AcceptedTokens">Those of them that were right.</param>
public sealed record GenerationTimes(
    double QueueSeconds,
    double FirstTokenSeconds,
    double TotalSeconds,
    int PromptTokens,
    int CachedTokens,
    int GeneratedTokens,
    int SetBacks,
    long ProposedTokens,
    long AcceptedTokens
)
{
    /// <summary>Seconds from a token to the next (TPOT), on average; 0 for a single token.</summary>
    public double TokenSeconds => GeneratedTokens > 1 ? (TotalSeconds - FirstTokenSeconds) / (GeneratedTokens - 1) : 0;
}
