using CsCheck;
using Tandem.Planning.Search;

namespace Tandem.Tests.Planning.Search;

/// <summary>Layers assigned to stages of equal and unequal devices.</summary>
public sealed class LayerPartitionTest
{
    private static readonly Gen<double> s_cost = Gen.Double[0.1, 10];

    private static readonly Gen<StageSums[]> s_stages =
        from layers in Gen.Int[1, 8]
        from stages in Gen.Int[1, 4]
        from seconds in s_cost.Array[layers].Array[stages]
        from head in s_cost
        from bytes in s_cost.Array[layers]
        from free in Gen.Double[2, 60].Array[stages]
        select seconds.Select((each, stage) => new StageSums(each, head, bytes, 1, 2, free[stage])).ToArray();

    [Fact]
    public void The_slowest_stage_is_as_fast_as_the_best_of_all_assignments()
    {
        s_stages.Sample(
            stages =>
            {
                var best = Best(stages);
                if (LayerPartition.Find(stages) is not { } shares)
                {
                    Assert.Equal(double.PositiveInfinity, best);
                    return;
                }
                Assert.Equal(0, shares[0].First);
                Assert.Equal(stages[0].Layers, shares[^1].End);
                Assert.Equal(best, Slowest(stages, [.. shares.Select(share => share.End)]), best * 1e-9);
            },
            iter: 3_000
        );
    }

    [Theory]
    [InlineData(12, 4, new[] { 3, 3, 3, 3 })]
    [InlineData(14, 4, new[] { 3, 4, 3, 4 })]
    [InlineData(5, 5, new[] { 1, 1, 1, 1, 1 })]
    public void Equal_devices_get_equal_shares(int layers, int stages, int[] expected)
    {
        var equal = new StageSums(Enumerable.Repeat(1.0, layers).ToArray(), 0, new double[layers], 0, 0, 1);
        var shares = LayerPartition.Find([.. Enumerable.Repeat(equal, stages)])!;
        var counts = shares.Select(share => share.Count).ToArray();
        Assert.Equal(expected.Order(), counts.Order());
    }

    [Fact]
    public void A_device_of_half_the_speed_gets_half_as_many_layers()
    {
        var fast = new StageSums(Enumerable.Repeat(1.0, 18).ToArray(), 0, new double[18], 0, 0, 1);
        var slow = new StageSums(Enumerable.Repeat(2.0, 18).ToArray(), 0, new double[18], 0, 0, 1);
        var shares = LayerPartition.Find([fast, slow])!;
        Assert.Equal([12, 6], shares.Select(share => share.Count));
    }

    private static double Best(StageSums[] stages)
    {
        var layers = stages[0].Layers;
        var ends = new int[stages.Length];
        var best = double.PositiveInfinity;
        void Try(int stage, int first)
        {
            if (stage == stages.Length)
            {
                best = first == layers ? Math.Min(best, Slowest(stages, ends)) : best;
                return;
            }
            for (var end = first + 1; end <= layers; end++)
            {
                if (stages[stage].Bytes(first, end) <= stages[stage].FreeBytes)
                {
                    ends[stage] = end;
                    Try(stage + 1, end);
                }
            }
        }
        Try(0, 0);
        return best;
    }

    private static double Slowest(StageSums[] stages, int[] ends)
    {
        var (slowest, first) = (0.0, 0);
        for (var stage = 0; stage < ends.Length; stage++)
        {
            slowest = Math.Max(slowest, stages[stage].Seconds(first, ends[stage]));
            first = ends[stage];
        }
        return slowest;
    }
}
