using Tandem.Formats;
using Tandem.Kernels;

namespace Tandem.Tests.Kernels;

/// <summary>The kernel that says what products of bfloat16 pairs are.</summary>
public sealed unsafe class BFloat16KernelTest
{
    private const int Seed = 17;

    private static readonly Format _format = FormatTable.ByName("BF16")!;

    [Fact]
    public void Products_are_the_exact_sums_with_rounded_activations()
    {
        var random = new Random(Seed);
        foreach (var rows in new[] { 1, 16, 17, 40 })
        {
            foreach (var columns in new[] { 1, 2, 3, 30, 32, 97 })
            {
                using var matrix = new TestMatrix(_format, rows, columns, random, false, null, Make);
                matrix.Check(5, random, $"{rows} × {columns}, seed {Seed}");
            }
        }
    }

    [Fact]
    public void A_packed_row_reads_back_as_it_decodes()
    {
        using var matrix = new TestMatrix(_format, 21, 99, new Random(Seed), false, null, Make);
        var row = new float[99];
        for (var i = 0; i < 21; i++)
        {
            matrix.ReadRow(i, row);
            Assert.True(matrix.Weights.AsSpan(i * 99, 99).SequenceEqual(row), $"row {i}, seed {Seed}");
        }
    }

    [Fact]
    public void Numbers_too_small_for_a_normal_float_count_as_zero()
    {
        var random = new Random(Seed);
        var kernel = new BFloat16Kernel(_format);
        using var weights = new RandomWeights(kernel, 1, 32, random);
        using var input = new TestInput(1, 32, random);
        // Products of 2^-140, each of them below the smallest normal number, and one weight that is subnormal itself.
        new Span<ushort>(weights.Data, 32 * 16).Fill(Bits(MathF.ScaleB(1, -70)));
        new Span<ushort>(input.View.BFloats, 32).Fill(Bits(MathF.ScaleB(1, -70)));
        Assert.All(weights.Multiply(kernel, input.View, 1), value => Assert.Equal(0, value));
        new Span<ushort>(weights.Data, 32 * 16).Fill(Bits(MathF.ScaleB(1, -130)));
        new Span<ushort>(input.View.BFloats, 32).Fill(Bits(MathF.ScaleB(1, 100)));
        Assert.All(weights.Multiply(kernel, input.View, 1), value => Assert.Equal(0, value));
    }

    private static BFloat16Kernel Make(Format format, bool cutsBlocks) => new BFloat16Kernel(format);

    private static ushort Bits(float value) => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
}
