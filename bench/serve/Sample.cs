namespace Tandem.Bench.Serve;

/// <summary>What a client saw of one request; times in seconds from its sending.</summary>
/// <param name="FirstToken">To the first token (TTFT).</param>
/// <param name="Total">To the last (E2E).</param>
/// <param name="Tokens">Tokens of the answer.</param>
/// <param name="Gaps">From each piece to the next.</param>
/// <param name="Error">What went wrong, or null.</param>
internal sealed record Sample(double FirstToken, double Total, int Tokens, IReadOnlyList<double> Gaps, string? Error)
{
    /// <summary>Seconds from a token to the next (TPOT), on average.</summary>
    public double Token => Tokens > 1 ? (Total - FirstToken) / (Tokens - 1) : 0;

    /// <summary>A request that failed.</summary>
    public static Sample Failed(string error) => new(0, 0, 0, [], error);
}
