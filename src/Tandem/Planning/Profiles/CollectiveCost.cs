namespace Tandem.Planning.Profiles;

/// <summary>What a sum over ranks takes.</summary>
/// <param name="Ranks">How many ranks.</param>
/// <param name="Cost">α + β·n for n bytes of each.</param>
public sealed record CollectiveCost(int Ranks, LinkCost Cost)
{
    /// <summary>
    /// Seconds of a sum of so many bytes. Between numbers of ranks that were measured those of the next larger one; beyond them
    /// a step of the tree more for each doubling.
    /// </summary>
    internal static double Seconds(IReadOnlyList<CollectiveCost> costs, int ranks, double bytes)
    {
        if (ranks <= 1 || costs.Count == 0)
        {
            return 0;
        }
        foreach (var cost in costs)
        {
            if (ranks <= cost.Ranks)
            {
                return cost.Cost.Seconds(bytes);
            }
        }
        var last = costs[^1];
        return last.Cost.Seconds(bytes) * (1 + Math.Log2((double)ranks / last.Ranks));
    }
}
