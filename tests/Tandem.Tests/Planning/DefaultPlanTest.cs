using Tandem.Planning;

namespace Tandem.Tests.Planning;

/// <summary>What is done where nothing is known of the machine.</summary>
public class DefaultPlanTest
{
    [Theory]
    [InlineData(1, 32, "dp=1,pp=1,tp=1,threads=1")]
    [InlineData(2, 32, "dp=1,pp=1,tp=2,threads=1")]
    [InlineData(6, 32, "dp=1,pp=1,tp=6,threads=1")]
    [InlineData(8, 4, "dp=1,pp=1,tp=4,threads=2")]
    [InlineData(6, 4, "dp=1,pp=1,tp=3,threads=2")]
    [InlineData(7, 4, "dp=1,pp=1,tp=1,threads=7")]
    public void Cores_are_ranks_as_far_as_the_model_can_be_cut(int cores, int ranksMax, string plan) =>
        Assert.Equal(plan, DefaultPlan.Of(TestMachines.Model() with { RanksMax = ranksMax }, cores).ToString());

    [Fact]
    public void A_model_that_is_read_in_no_time_takes_as_few_cores()
    {
        var small = TestMachines.Model(layers: 2, width: 128, heads: 4, feedForward: 256);
        Assert.Equal(2, small.BytesAToken / DefaultPlan.BytesACoreMin);
        Assert.Equal("dp=1,pp=1,tp=2,threads=1", DefaultPlan.Of(small, 8).ToString());
        var smaller = small with { Head = small.Head with { ExpertBytes = 1 } };
        Assert.Equal("dp=1,pp=1,tp=1,threads=1", DefaultPlan.Of(smaller, 8).ToString());
    }
}
