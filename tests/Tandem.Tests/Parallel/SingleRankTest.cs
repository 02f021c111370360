using Tandem.Parallel;

namespace Tandem.Tests.Parallel;

public sealed class SingleRankTest
{
    [Fact]
    public void A_group_of_one_keeps_what_it_has_and_waits_for_nobody()
    {
        var rank = new SingleRank();
        float[] values = [1, 2, 3];
        rank.Barrier();
        rank.AllReduce(values);
        Assert.Equal([1, 2, 3], values);
        var (all, part) = (new float[3], new float[3]);
        rank.AllGather(values, all);
        rank.ReduceScatter(values, part);
        Assert.Equal(values, all);
        Assert.Equal(values, part);
        Assert.Equal((0, 1, 0.0), (rank.Rank, rank.Size, rank.WaitSeconds));
        Assert.Throws<InvalidOperationException>(() => rank.Send([1], 0));
    }
}
