using Tandem.Planning.Profiles;
using Tandem.Planning.Search;

namespace Tandem.Tests.Planning.Search;

/// <summary>How long parts of a layer are expected to take beside its matrices, against figures worked out by hand.</summary>
public sealed class StepTimerTest
{
    // Eight query heads of four key heads, 64 numbers each.
    private static readonly Tandem.Planning.Costs.ModelCost s_model = TestMachines.Model(1, 512, 8, 1024) with
    {
        KeyValueHeads = 4,
    };

    // Nothing but attention and the heads takes any time.
    private static readonly MachineProfile s_machine = TestMachines.Machine(units: 2) with
    {
        Kernels = new Dictionary<string, IReadOnlyList<KernelRate>> { ["Q4_0"] = [new(1, 1, 1e12)] },
        BlockMicroseconds = [new(1, 0)],
        NumberNanoseconds = 0,
        BandwidthGBs = [new(1, 20), new(2, 10)],
        AttentionGigaMultiplyAdds = [new(1, 10), new(2, 20)],
    };

    [Theory]
    // 1024 positions × 8 heads × 64 numbers of keys and of values: 1.049 million multiply-adds at 20 billion a second,
    // or 1.049 MB of cache at 20 GB/s; at 5 when both cores read.
    [InlineData(1, 52.4288)]
    [InlineData(2, 209.7152)]
    public void One_row_computes_or_reads_whatever_takes_longer(int unitsBusy, double microseconds) =>
        Assert.Equal(microseconds, Microseconds(s_machine, StepLoad.Generating(1, 1023), unitsBusy), 3);

    [Theory]
    // Of 130 positions the values, and the keys of three pages of 64.
    [InlineData(129, 161)]
    [InlineData(127, 128)]
    public void One_row_meets_all_keys_of_its_last_page(int position, int positions) =>
        Assert.Equal(
            positions * 1024 / 20e3,
            Microseconds(s_machine, StepLoad.Generating(1, position), unitsBusy: 1),
            3
        );

    [Fact]
    public void Each_sequence_stores_a_key_in_cache_lines_of_its_own_however_many_rows_it_has()
    {
        var machine = s_machine with { AttentionGigaMultiplyAdds = [new(1, 1e12)], BandwidthGBs = [new(1, 1e12)] };
        var slow = machine with { KeyNanoseconds = 10 };
        double More(StepLoad load) => Microseconds(slow, load, 1) - Microseconds(machine, load, 1);

        // 4 key heads × 64 numbers, 10 ns each.
        Assert.Equal(5 * 2.56, More(StepLoad.Generating(5, 100)), 3);
        Assert.Equal(2.56, More(StepLoad.Prompt(256, 0, isLast: false)), 3);
    }

    [Fact]
    public void Rows_of_a_prompt_compute_half_a_page_more_than_they_see()
    {
        // 256 rows see 128.5 positions on average, and half of a page of 64 besides: 160.5 × 1,024 × 256 at 20 billion a second.
        var seconds = Microseconds(s_machine, StepLoad.Prompt(256, 0, isLast: false), 1) / 1e6;
        Assert.Equal(160.5 * 1024 * 256 / 20e9, seconds, 9);
    }

    [Theory]
    [InlineData(null, 1000.0, 0.2)]
    [InlineData(0.5, 1000.0, 0.5)]
    public void Numbers_of_heads_take_as_long_as_others_where_nobody_measured_them(
        double? headNanoseconds,
        double rows,
        double nanoseconds
    )
    {
        // (2 × 8 + 2 × 4) × 64 numbers of heads; 4 × 512 of the stream and 3 × 1024 of the feed-forward at 0.2 ns.
        var machine = s_machine with
        {
            NumberNanoseconds = 0.2,
            HeadNumberNanoseconds = headNanoseconds,
            AttentionGigaMultiplyAdds = [new(1, 1e12)],
            BandwidthGBs = [new(1, 1e12)],
        };
        var expected = rows * (24 * 64 * nanoseconds + (4 * 512 + 3 * 1024) * 0.2) * 1e-3;
        Assert.Equal(expected, Microseconds(machine, StepLoad.Generating(rows, 0), 1), 3);
    }

    private static double Microseconds(MachineProfile machine, StepLoad load, double unitsBusy)
    {
        var timer = new StepTimer(s_model, null, areProcesses: false);
        return timer.Block(s_model.Blocks[0], new RankPlacement(machine, 0, 1, 1, 1, 1), load, unitsBusy) * 1e6;
    }
}
