namespace Tandem.Serving.Simulation;

/// <summary>
/// How much of a load a plan bears: its arrivals come faster by a factor, and everything else stays. What lies between the two factors
/// was not tried; they are within 2 % of each other.
/// </summary>
/// <param name="Kept">The highest factor found with which an objective is kept to; 0 where it is with none.</param>
/// <param name="Broken">The lowest one found above it with which it is not; null where all requests may come at once.</param>
/// <param name="RequestsPerSecond">Requests a second of the load as it is; null where all come at once.</param>
public sealed record LoadLimit(double Kept, double? Broken, double? RequestsPerSecond)
{
    // Closer than this nobody could measure it.
    private const double Precision = 1.02;

    // So far apart requests never meet each other; so close all come before the first has its token.
    private const double Rarest = 1.0 / (1 << 16);
    private const double Densest = 1L << 32;

    /// <summary>Finds it.</summary>
    /// <param name="load">The load.</param>
    /// <param name="keeps">Whether a load keeps to the objective.</param>
    internal static LoadLimit Find(
        IReadOnlyList<SimulatedRequest> load,
        Func<IReadOnlyList<SimulatedRequest>, bool> keeps
    )
    {
        var rate = SimulatedLoad.RequestsPerSecond(load);
        bool Keeps(double factor) => keeps(SimulatedLoad.Faster(load, factor));
        if (Keeps(1))
        {
            var (kept, next) = (1.0, 2.0);
            while (rate is not null && Keeps(next))
            {
                (kept, next) = (next, next * 2);
                if (next > Densest)
                {
                    break;
                }
            }
            return rate is null || next > Densest ? new LoadLimit(kept, null, rate) : Between(kept, next, Keeps, rate);
        }
        for (var factor = 0.5; rate is not null && factor >= Rarest; factor /= 2)
        {
            if (Keeps(factor))
            {
                return Between(factor, factor * 2, Keeps, rate);
            }
        }
        return new LoadLimit(0, rate is null ? 1 : Rarest, rate);
    }

    private static LoadLimit Between(double kept, double broken, Func<double, bool> keeps, double? rate)
    {
        while (broken / kept > Precision)
        {
            var middle = Math.Sqrt(kept * broken);
            (kept, broken) = keeps(middle) ? (middle, broken) : (kept, middle);
        }
        return new LoadLimit(kept, broken, rate);
    }
}
