using Tandem.Planning.Profiles;
using Tandem.Serving.Profiling;

namespace Tandem.Tests.Serving.Profiling;

/// <summary>What groups are measured to take.</summary>
public sealed class GroupProbeTest
{
    [Fact]
    public void Every_operation_of_a_group_is_measured_by_size()
    {
        var times = GroupProbe.OfThreads([1, 2, 3], [0], TimeProvider.System);
        foreach (var ranks in new[] { 2, 3 })
        {
            var own = times.Where(one => one.Ranks == ranks).ToArray();
            Assert.Equal(
                ["barrier", "allReduce", "allGather", "reduceScatter", "broadcast", "sendReceive"],
                own.Select(one => one.Operation)
            );
            Assert.Equal(0, Assert.Single(own[0].Points).Bytes);
            Assert.All(own[1..], one => Assert.Equal([1024, 16384, 262144, 4 << 20], one.Points.Select(p => p.Bytes)));
        }
        Assert.All(times.SelectMany(one => one.Points), point => Assert.True(point.Microseconds > 0));
    }

    [Fact]
    public void Sums_and_messages_are_lines_through_what_was_measured()
    {
        CollectiveTimes[] times =
        [
            new("allReduce", 4, [new(1000, 7), new(2000, 8), new(11_000, 17)]),
            new("allReduce", 2, [new(1000, 3), new(11_000, 13)]),
            new("broadcast", 2, [new(1000, 1), new(11_000, 1)]),
            new("sendReceive", 2, [new(0, 5), new(1000, 5)]),
        ];
        var sums = CollectiveTimes.Sums(times);
        Assert.Equal([2, 4], sums.Select(sum => sum.Ranks));
        Assert.Equal(6, sums[1].Cost.Microseconds, 9);
        Assert.Equal(1, sums[1].Cost.GBs, 9);
        Assert.Equal(17e-6, sums[1].Cost.Seconds(11_000), 12);
        Assert.InRange(CollectiveTimes.Message(times)!.Seconds(1000), 4.9e-6, 5.1e-6);
        Assert.Null(CollectiveTimes.Message([]));
    }
}
