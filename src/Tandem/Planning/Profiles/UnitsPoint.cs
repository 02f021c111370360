namespace Tandem.Planning.Profiles;

/// <summary>A figure that depends on how many units work together.</summary>
/// <param name="Units">How many.</param>
/// <param name="Value">The figure.</param>
public sealed record UnitsPoint(int Units, double Value)
{
    /// <summary>The figure for so many units, by straight lines between points; beyond the ends as at them.</summary>
    public static double At(IReadOnlyList<UnitsPoint> points, double units)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (units <= points[i].Units)
            {
                return i == 0
                    ? points[0].Value
                    : Between(points[i - 1].Units, points[i - 1].Value, points[i].Units, points[i].Value, units);
            }
        }
        return points[^1].Value;
    }

    /// <summary>The value at a place on the line through two points.</summary>
    internal static double Between(double low, double lowValue, double high, double highValue, double at) =>
        lowValue + (highValue - lowValue) * (at - low) / (high - low);
}
