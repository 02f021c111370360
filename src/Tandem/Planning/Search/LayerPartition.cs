using Tandem.Plans;

namespace Tandem.Planning.Search;

/// <summary>
/// Assigns layers to the stages of a pipeline, whose devices may differ: the slowest stage is as fast as can be, and each fits its memory.
/// </summary>
internal static class LayerPartition
{
    // The part of the slowest stage's time that is nothing.
    private const double Nothing = 1e-9;

    /// <summary>The layers of each stage; null where they fit no way.</summary>
    /// <param name="stages">What layers cost each of them.</param>
    public static Share[]? Find(IReadOnlyList<StageSums> stages)
    {
        var layers = stages[0].Layers;
        var (low, high) = (0.0, stages.Max(stage => stage.Seconds(0, layers)));
        // [stage][first]: whether that stage and those behind it can have the layers from the first on.
        var can = new bool[stages.Count + 1][];
        for (var stage = 0; stage < can.Length; stage++)
        {
            can[stage] = new bool[layers + 1];
        }
        can[^1][layers] = true;
        if (stages.Count > layers || !CanBe(stages, high, can))
        {
            return null;
        }
        while (high - low > high * Nothing)
        {
            var middle = low + (high - low) / 2;
            (low, high) = CanBe(stages, middle, can) ? (low, middle) : (middle, high);
        }
        CanBe(stages, high, can);
        return Even(stages, high, can);
    }

    // Layers are in a row, and more of them never cost less: if a stage can take up to anywhere, it can to the nearest place from where
    // the others go on.
    private static bool CanBe(IReadOnlyList<StageSums> stages, double seconds, bool[][] can)
    {
        var spare = stages[0].Layers - stages.Count;
        for (var stage = stages.Count - 1; stage >= 0; stage--)
        {
            var (sums, own, behind) = (stages[stage], can[stage], can[stage + 1]);
            var (nearest, canAny) = (-1, false);
            // Each stage before it has a layer at least, and so has each one behind it.
            for (var first = stage + spare; first >= stage; first--)
            {
                nearest = behind[first + 1] ? first + 1 : nearest;
                own[first] = nearest > 0 && sums.Fits(first, nearest, seconds);
                canAny |= own[first];
            }
            if (!canAny)
            {
                return false;
            }
        }
        return can[0][0];
    }

    // Of all ways within the time, one that leaves no stage much less than its part: a stage ends as near as it can to where all that
    // are left would have the same time.
    private static Share[] Even(IReadOnlyList<StageSums> stages, double seconds, bool[][] can)
    {
        var layers = stages[0].Layers;
        var shares = new Share[stages.Count];
        var first = 0;
        for (var stage = 0; stage < stages.Count; stage++)
        {
            var part = stages[stage].Seconds(first, layers) / (stages.Count - stage);
            var (best, distance) = (-1, double.PositiveInfinity);
            for (var end = first + 1; end <= layers && stages[stage].Fits(first, end, seconds); end++)
            {
                var away = Math.Abs(stages[stage].Seconds(first, end) - part);
                if (can[stage + 1][end] && away < distance)
                {
                    (best, distance) = (end, away);
                }
            }
            shares[stage] = new Share(first, best - first, layers);
            first = best;
        }
        return shares;
    }
}
