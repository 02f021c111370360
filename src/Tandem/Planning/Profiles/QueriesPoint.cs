namespace Tandem.Planning.Profiles;

/// <summary>A figure that depends on how many queries read a key together.</summary>
/// <param name="Queries">How many.</param>
/// <param name="Value">The figure.</param>
public sealed record QueriesPoint(int Queries, double Value)
{
    /// <summary>The figure for so many queries, by straight lines between points; beyond the ends as at them.</summary>
    public static double At(IReadOnlyList<QueriesPoint> points, double queries)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (queries <= points[i].Queries)
            {
                return i == 0
                    ? points[0].Value
                    : UnitsPoint.Between(
                        points[i - 1].Queries,
                        points[i - 1].Value,
                        points[i].Queries,
                        points[i].Value,
                        queries
                    );
            }
        }
        return points[^1].Value;
    }
}
