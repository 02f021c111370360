namespace Tandem.Planning.Profiles;

/// <summary>How many weights one unit gets through, of matrices in memory, for a pass over some tokens.</summary>
/// <param name="Units">Units that do so at the same time.</param>
/// <param name="Tokens">Tokens of the pass.</param>
/// <param name="GigaWeights">Billions of weights a second, of each unit.</param>
public sealed record KernelRate(int Units, int Tokens, double GigaWeights)
{
    // Kernels for fewer tokens may be a little slower, as those for more ask for weights earlier.
    private const double DisturbedMin = 1.25;

    private double Seconds => 1e-9 / GigaWeights;

    /// <summary>Seconds that a unit needs for each weight, by straight lines between rates; beyond the last token in proportion.</summary>
    /// <param name="rates">Sorted by units, then tokens.</param>
    /// <param name="tokens">Tokens of the pass.</param>
    /// <param name="units">Units that work at the same time.</param>
    internal static double SecondsAWeight(IReadOnlyList<KernelRate> rates, double tokens, double units)
    {
        var (low, high) = (rates[0].Units, rates[0].Units);
        for (var i = 0; i < rates.Count && high < units; i++)
        {
            (low, high) = rates[i].Units > high ? (high, rates[i].Units) : (low, high);
        }
        var upper = ByTokens(rates, high, tokens);
        return units >= high || low == high
            ? upper
            : UnitsPoint.Between(low, ByTokens(rates, low, tokens), high, upper, Math.Max(units, low));
    }

    /// <summary>
    /// What is left of several measurements of a format when what disturbed them is taken out. Of each point that took about as long every time
    /// the mean holds; else the fastest, since others' work only ever makes a pass longer. And where a pass over fewer tokens, or with fewer
    /// units beside it, took much longer than one over more, it was disturbed every time, and takes as long as that one.
    /// </summary>
    /// <param name="rates">All that was measured; a point may be there several times.</param>
    internal static IReadOnlyList<KernelRate> Undisturbed(IEnumerable<KernelRate> rates)
    {
        var typical = rates
            .GroupBy(rate => (rate.Units, rate.Tokens))
            .Select(same => Typical([.. same]))
            .OrderBy(rate => rate.Units)
            .ThenBy(rate => rate.Tokens)
            .ToArray();
        return
        [
            .. typical.Select(rate =>
            {
                var least = typical
                    .Where(more => more.Units >= rate.Units && more.Tokens >= rate.Tokens)
                    .Max(more => more.GigaWeights);
                return least > rate.GigaWeights * DisturbedMin ? rate with { GigaWeights = least } : rate;
            }),
        ];
    }

    private static KernelRate Typical(IReadOnlyList<KernelRate> same)
    {
        var fastest = same.MaxBy(rate => rate.GigaWeights)!;
        return same.Count > 1 && same.All(rate => rate.GigaWeights * DisturbedMin >= fastest.GigaWeights)
            ? fastest with
            {
                GigaWeights = 1e-9 / same.Average(rate => rate.Seconds),
            }
            : fastest;
    }

    private static double ByTokens(IReadOnlyList<KernelRate> rates, int units, double tokens)
    {
        KernelRate? before = null;
        foreach (var rate in rates)
        {
            if (rate.Units != units)
            {
                continue;
            }
            if (tokens <= rate.Tokens)
            {
                return before is null
                    ? rate.Seconds
                    : UnitsPoint.Between(before.Tokens, before.Seconds, rate.Tokens, rate.Seconds, tokens);
            }
            before = rate;
        }
        return before!.Seconds * tokens / before.Tokens;
    }
}
