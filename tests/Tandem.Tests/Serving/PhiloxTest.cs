using Tandem.Serving;

namespace Tandem.Tests.Serving;

public class PhiloxTest
{
    // The known answers that the authors publish with Random123 for philox4x32-10.
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u,
        0x85a308d3u,
        0x13198a2eu,
        0x03707344u,
        0xa4093822u,
        0x299f31d0u,
        0xd16cfe09u,
        0x94fdccebu,
        0x5001e420u,
        0x24126ea1u
    )]
    public void Blocks_are_the_published_ones(
        uint c0,
        uint c1,
        uint c2,
        uint c3,
        uint k0,
        uint k1,
        uint x0,
        uint x1,
        uint x2,
        uint x3
    ) => Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Uniform_numbers_lie_in_the_half_open_interval_and_spread_evenly()
    {
        var buckets = new int[10];
        for (var position = 0; position < 100_000; position++)
        {
            var uniform = Philox.Uniform(42, position);
            Assert.InRange(uniform, 0, 1 - double.Epsilon);
            buckets[(int)(uniform * 10)]++;
        }
        Assert.All(buckets, count => Assert.InRange(count, 9_700, 10_300));
    }

    [Fact]
    public void A_number_depends_on_all_bits_of_seed_and_position()
    {
        var numbers = new HashSet<double>();
        for (var bit = 0; bit < 64; bit++)
        {
            numbers.Add(Philox.Uniform(1UL << bit, 0));
        }
        for (var bit = 0; bit < 63; bit++)
        {
            numbers.Add(Philox.Uniform(0, 1L << bit));
        }
        Assert.Equal(64 + 63, numbers.Count);
    }
}
