namespace Tandem.Bench.Measuring;

/// <summary>The median of some values and their quartiles.</summary>
public readonly record struct Spread(double Lower, double Median, double Upper)
{
    /// <summary>Of at least one value; between two of them, quartiles are interpolated.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Spread(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var (below, above) = ((int)Math.Floor(place), (int)Math.Ceiling(place));
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
