using System.Runtime.InteropServices;
using Tandem.Formats;
using Tandem.Kernels;

namespace Tandem.Tests.Kernels;

/// <summary>Generated kernels against those in C#, bit for bit, on bytes of every kind.</summary>
public sealed unsafe class GeneratedKernelTest
{
    private const int Seed = 11;
    private const int TokensMax = 70;

    public static TheoryData<string, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, bool>();
            foreach (var format in FormatTable.All)
            {
                kinds.Add(format.Name, false);
                if (format.Packing is not null)
                {
                    kinds.Add(format.Name, true);
                }
            }
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_size_gives_the_bits_of_the_portable_kernel(string name, bool cutsBlocks)
    {
        RequireAvx512();
        var format = FormatTable.ByName(name)!;
        var random = new Random(Seed);
        var (generated, portable) = Pair(format, cutsBlocks);
        foreach (var groups in new[] { 1, 2, 3, 5 })
        {
            foreach (var blocks in new[] { 1, 2, 5 })
            {
                var columns = (cutsBlocks ? 32 : Math.Max(32, format.BlockLength)) * blocks;
                using var weights = new RandomWeights(generated, groups, columns, random);
                using var input = new TestInput(TokensMax, columns, random);
                for (var tokens = 1; tokens <= TokensMax; tokens++)
                {
                    var expected = weights.Multiply(portable, input.View, tokens);
                    var actual = weights.Multiply(generated, input.View, tokens);
                    Assert.True(
                        MemoryMarshal.AsBytes<float>(expected).SequenceEqual(MemoryMarshal.AsBytes<float>(actual)),
                        $"{name}, {groups} groups × {columns}, {tokens} tokens, cut {cutsBlocks}, seed {Seed}"
                    );
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Extreme_numbers_give_the_bits_of_the_portable_kernel(string name, bool cutsBlocks)
    {
        RequireAvx512();
        var format = FormatTable.ByName(name)!;
        var random = new Random(Seed);
        var (generated, portable) = Pair(format, cutsBlocks);
        using var weights = new RandomWeights(generated, groups: 2, columns: 512, random, numbers: 255);
        foreach (var number in new sbyte[] { -128, -127, 0, 127 })
        {
            using var input = new TestInput(13, 512, random);
            new Span<sbyte>(input.View.Numbers, 13 * 512).Fill(number);
            new Span<int>(input.View.Sums, 13 * 512 / 16).Fill(16 * number);
            var expected = weights.Multiply(portable, input.View, 13);
            Assert.Equal(expected, weights.Multiply(generated, input.View, 13));
        }
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Numbers_around_the_smallest_normal_one_give_the_bits_of_the_portable_kernel(string name)
    {
        RequireAvx512();
        var random = new Random(Seed);
        var (generated, portable) = Pair(FormatTable.ByName(name)!, cutsBlocks: false);
        using var weights = new RandomWeights(generated, groups: 3, columns: 512, random);
        using var input = new TestInput(13, 512, random);
        for (var i = 0; i < 13 * 512; i++)
        {
            input.View.Values[i] = MathF.ScaleB(input.View.Values[i], -random.Next(100, 140));
        }
        for (var token = 0; token < 13; token++)
        {
            input.View.RoundRow(token, 0, 512);
        }
        var expected = weights.Multiply(portable, input.View, 13);
        Assert.Equal(expected, weights.Multiply(generated, input.View, 13));
    }

    private static void RequireAvx512() =>
        Assert.SkipUnless(KernelSet.IsAvailable(KernelChoice.Avx512), "this processor has no AVX-512 VNNI");

    private static (MatrixKernel Generated, MatrixKernel Portable) Pair(Format format, bool cutsBlocks)
    {
        var generated = new KernelSet(KernelChoice.Avx512, exactActivations: false).For(format, cutsBlocks);
        // These say what the generated ones compute and generate nothing.
        var portable = KernelSet.ForMeasuring(KernelChoice.Avx512, exactActivations: false).For(format, cutsBlocks);
        Assert.NotEqual(portable.GetType(), generated.GetType());
        return (generated, portable);
    }
}
