namespace Tandem.Planning.Profiles;

/// <summary>What an operation of a group takes.</summary>
/// <param name="Operation"><c>barrier</c>, <c>allReduce</c>, <c>allGather</c>, <c>reduceScatter</c>, <c>broadcast</c> or <c>sendReceive</c>.</param>
/// <param name="Ranks">How many ranks.</param>
/// <param name="Points">Its times by size.</param>
public sealed record CollectiveTimes(string Operation, int Ranks, IReadOnlyList<BytesPoint> Points)
{
    /// <summary>A meeting without data.</summary>
    public const string Barrier = "barrier";

    /// <summary>A sum over ranks.</summary>
    public const string AllReduce = "allReduce";

    /// <summary>A message from one rank to another.</summary>
    public const string SendReceive = "sendReceive";

    /// <summary>The straight line through a message's times between two ranks; null where none was measured.</summary>
    public static LinkCost? Message(IReadOnlyList<CollectiveTimes> times) =>
        times.FirstOrDefault(one => one is { Operation: SendReceive, Ranks: 2 }) is { } message
            ? Line(message.Points)
            : null;

    /// <summary>Sums over ranks as straight lines, α + β·n, through the shortest and the longest that were measured.</summary>
    public static IReadOnlyList<CollectiveCost> Sums(IReadOnlyList<CollectiveTimes> times) =>
        [
            .. times
                .Where(one => one.Operation == AllReduce)
                .OrderBy(one => one.Ranks)
                .Select(one => new CollectiveCost(one.Ranks, Line(one.Points))),
        ];

    private static LinkCost Line(IReadOnlyList<BytesPoint> points)
    {
        var (small, large) = (points[0], points[^1]);
        var microsecondsAByte = Math.Max(
            1e-7,
            (large.Microseconds - small.Microseconds) / Math.Max(1, large.Bytes - small.Bytes)
        );
        return new LinkCost(
            Math.Max(0, small.Microseconds - small.Bytes * microsecondsAByte),
            1e-3 / microsecondsAByte
        );
    }
}

/// <summary>The time of a message of some size.</summary>
/// <param name="Bytes">Bytes that each rank has: of a sum all, of a gathering its part.</param>
/// <param name="Microseconds">The time.</param>
public sealed record BytesPoint(long Bytes, double Microseconds);
