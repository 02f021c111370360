namespace Tandem.Planning.Profiles;

/// <summary>A figure that depends on how many units work together.</summary>
/// <param name="Units">How many.</param>
/// <param name="Value">The figure.</param>
public sealed record UnitsPoint(int Units, double Value)
{
    /// <summary>The figure for so many units, by straight lines between points; beyond the ends as at them.</summary>
    public static double At(IReadOnlyList<UnitsPoint> points, double units) =>
        At(points, point => (point.Units, point.Value), units);

    /// <summary>The value at a place on the straight lines between points; beyond the ends as at them.</summary>
    internal static double At<T>(IReadOnlyList<T> points, Func<T, (int Place, double Value)> read, double at)
    {
        for (var i = 0; i < points.Count; i++)
        {
            var (place, value) = read(points[i]);
            if (at <= place)
            {
                if (i == 0)
                {
                    return value;
                }
                var before = read(points[i - 1]);
                return Between(before.Place, before.Value, place, value, at);
            }
        }
        return read(points[^1]).Value;
    }

    /// <summary>The value at a place on the line through two points.</summary>
    internal static double Between(double low, double lowValue, double high, double highValue, double at) =>
        lowValue + (highValue - lowValue) * (at - low) / (high - low);
}
