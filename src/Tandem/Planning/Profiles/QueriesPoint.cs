namespace Tandem.Planning.Profiles;

/// <summary>A figure that depends on how many queries read a key together.</summary>
/// <param name="Queries">How many.</param>
/// <param name="Value">The figure.</param>
public sealed record QueriesPoint(int Queries, double Value)
{
    /// <summary>The figure for so many queries, by straight lines between points; beyond the ends as at them.</summary>
    public static double At(IReadOnlyList<QueriesPoint> points, double queries) =>
        UnitsPoint.At(points, point => (point.Queries, point.Value), queries);
}
