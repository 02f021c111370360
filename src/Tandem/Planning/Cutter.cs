using Tandem.Plans;

namespace Tandem.Planning;

/// <summary>Cuts things into shares.</summary>
internal static class Cutter
{
    /// <summary>
    /// Cuts <paramref name="whole"/> parts into shares in proportion to <paramref name="weights"/>, at multiples of
    /// <paramref name="unit"/>; each has one unit at least, and the last one what is left over.
    /// </summary>
    public static Share[] Cut(int whole, int unit, IReadOnlyList<int> weights)
    {
        var units = Units(whole, unit);
        var total = weights.Sum(weight => (long)weight);
        var shares = new Share[weights.Count];
        var (sum, first) = (0L, 0);
        for (var i = 0; i < shares.Length; i++)
        {
            sum += weights[i];
            var wanted = (int)Math.Round((double)units * sum / total, MidpointRounding.AwayFromZero);
            var end = Math.Clamp(wanted, first + 1, units - (shares.Length - 1 - i));
            shares[i] = Between(first * unit, end == units ? whole : end * unit, whole);
            first = end;
        }
        return shares;
    }

    /// <summary>How many shares a whole can be cut into.</summary>
    public static int Units(int whole, int unit) => (whole + unit - 1) / unit;

    /// <summary>
    /// Cuts a row of costs into neighbouring runs so that the most costly run costs as little as can be; each has one at least.
    /// </summary>
    public static Share[] Balance(IReadOnlyList<long> costs, int runs)
    {
        var sums = new long[costs.Count + 1];
        for (var i = 0; i < costs.Count; i++)
        {
            sums[i + 1] = sums[i] + costs[i];
        }
        // best[r, n]: the most costly run when the first n costs are cut into r runs.
        var best = new long[runs + 1, costs.Count + 1];
        var cut = new int[runs + 1, costs.Count + 1];
        for (var n = 1; n <= costs.Count; n++)
        {
            best[1, n] = sums[n];
        }
        for (var run = 2; run <= runs; run++)
        {
            for (var n = run; n <= costs.Count; n++)
            {
                best[run, n] = long.MaxValue;
                for (var at = run - 1; at < n; at++)
                {
                    var most = Math.Max(best[run - 1, at], sums[n] - sums[at]);
                    if (most < best[run, n])
                    {
                        (best[run, n], cut[run, n]) = (most, at);
                    }
                }
            }
        }
        var shares = new Share[runs];
        var end = costs.Count;
        for (var run = runs; run >= 1; run--)
        {
            var first = run == 1 ? 0 : cut[run, end];
            shares[run - 1] = Between(first, end, costs.Count);
            end = first;
        }
        return shares;
    }

    private static Share Between(int first, int end, int whole) => new(first, end - first, whole);
}
