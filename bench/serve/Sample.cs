namespace Tandem.Bench.Serve;

/// <summary>What a client saw of one request; times in seconds from its sending.</summary>
/// <param name="FirstToken">To the first token (TTFT).</param>
/// <param name="Total">To the last (E2E).</param>
/// <param name="Tokens">Tokens of the answer.</param>
/// <param name="GapMax">The longest time between two pieces.</param>
/// <param name="Error">What went wrong, or null.</param>
internal sealed record Sample(double FirstToken, double Total, int Tokens, double GapMax, string? Error)
{
    /// <summary>Seconds from a token to the next (TPOT), on average.</summary>
    public double Token => Tokens > 1 ? (Total - FirstToken) / (Tokens - 1) : 0;
}
