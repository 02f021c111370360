using System.Runtime.InteropServices;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Kernels.Generated;

namespace Tandem.Tests.Kernels;

/// <summary>Generated kernels against those in C#, bit for bit, on bytes of every kind.</summary>
public sealed unsafe class GeneratedKernelTest
{
    private const int Seed = 11;
    private const int TokensMax = 70;

    public static TheoryData<string, string, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, string, bool>();
            foreach (var set in TestSets.Names)
            {
                foreach (var format in FormatTable.All)
                {
                    kinds.Add(set, format.Name, false);
                    if (format.Packing is not null)
                    {
                        kinds.Add(set, format.Name, true);
                    }
                }
            }
            return kinds;
        }
    }

    public static TheoryData<string> Sets => [.. TestSets.Names];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_size_gives_the_bits_of_the_portable_kernel(string set, string name, bool cutsBlocks)
    {
        var random = new Random(Seed);
        var (generated, portable) = Pair(set, name, cutsBlocks);
        foreach (var blocks in new[] { 1, 2, 5 })
        {
            var columns = (cutsBlocks ? 32 : Math.Max(32, generated.Format.BlockLength)) * blocks;
            var what = $"{set}, {name}, {columns} columns, cut {cutsBlocks}, seed {Seed}";
            CheckEverySize(generated, portable, columns, random, what);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Extreme_numbers_give_the_bits_of_the_portable_kernel(string set, string name, bool cutsBlocks)
    {
        var random = new Random(Seed);
        var (generated, portable) = Pair(set, name, cutsBlocks);
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
    [MemberData(nameof(Sets))]
    public void How_memory_is_asked_for_ahead_changes_no_bit(string name)
    {
        var random = new Random(Seed);
        var set = TestSets.Require(name);
        foreach (var format in FormatTable.All)
        {
            var own = TestSets.Kernel(set, format, cutsBlocks: false);
            var other = TestSets.Kernel(
                set with
                {
                    AsksAlongStreams = !set.AsksAlongStreams,
                },
                format,
                cutsBlocks: false
            );
            using var weights = new RandomWeights(own, groups: 3, columns: 512, random);
            using var input = new TestInput(7, 512, random);
            for (var tokens = 1; tokens <= 7; tokens++)
            {
                Assert.Equal(weights.Multiply(own, input.View, tokens), weights.Multiply(other, input.View, tokens));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Numbers_around_the_smallest_normal_one_give_the_bits_of_the_portable_kernel(string set)
    {
        foreach (var name in new[] { "F32", "F16", "BF16" })
        {
            var (generated, portable) = Pair(set, name, cutsBlocks: false);
            CheckSmallNumbers(generated, portable, new Random(Seed));
        }
    }

    [Fact]
    public void Products_of_bfloat16_give_the_bits_of_the_portable_kernel()
    {
        Assert.SkipUnless(CpuFeatures.HasAvx512BFloat16, "this processor has no AVX-512 BF16");
        var random = new Random(Seed);
        var format = FormatTable.ByName("BF16")!;
        var generated = new KernelSet(KernelChoice.Avx512, exactActivations: false).For(format, cutsBlocks: false);
        Assert.IsType<GeneratedBFloat16Kernel>(generated);
        var portable = new BFloat16Kernel(format);
        foreach (var columns in new[] { 32, 96, 160 })
        {
            CheckEverySize(generated, portable, columns, random, $"{columns} columns, seed {Seed}");
        }
        CheckSmallNumbers(generated, portable, random);
    }

    private static void CheckSmallNumbers(MatrixKernel generated, MatrixKernel portable, Random random)
    {
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

    private static void CheckEverySize(
        MatrixKernel generated,
        MatrixKernel portable,
        int columns,
        Random random,
        string what
    )
    {
        foreach (var groups in new[] { 1, 2, 3, 5 })
        {
            using var weights = new RandomWeights(generated, groups, columns, random);
            using var input = new TestInput(TokensMax, columns, random);
            for (var tokens = 1; tokens <= TokensMax; tokens++)
            {
                var expected = weights.Multiply(portable, input.View, tokens);
                var actual = weights.Multiply(generated, input.View, tokens);
                Assert.True(
                    MemoryMarshal.AsBytes<float>(expected).SequenceEqual(MemoryMarshal.AsBytes<float>(actual)),
                    $"{what}, {groups} groups, {tokens} tokens"
                );
            }
        }
    }

    private static (MatrixKernel Generated, MatrixKernel Portable) Pair(string set, string name, bool cutsBlocks)
    {
        var format = FormatTable.ByName(name)!;
        var generated = TestSets.Kernel(TestSets.Require(set), format, cutsBlocks);
        return (generated, new KernelSet(KernelChoice.Portable, exactActivations: false).For(format, cutsBlocks));
    }
}
