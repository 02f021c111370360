using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Kernels.Generated;

namespace Tandem.Tests.Kernels;

/// <summary>Kernels in their Windows form, called on any system through a bridge that calls as Windows does.</summary>
public sealed unsafe class WindowsCallTest
{
    private const int Columns = 512;
    private const int Seed = 3;

    public static TheoryData<string> Sets => [.. TestSets.Names];

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_windows_form_gives_the_same_bits_and_leaves_the_registers_of_its_caller(string name)
    {
        var set = TestSets.Require(name);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the bridge is called as other systems call");
        var random = new Random(Seed);
        foreach (var format in new[] { "Q4_0", "Q6_K", "IQ4_XS" }.Select(FormatTable.ByName))
        {
            Check(set, format!, random);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void So_does_attention_over_a_cache_of_any_type(string name)
    {
        var set = TestSets.Require(name);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the bridge is called as other systems call");
        var random = new Random(Seed);
        using var bridge = new WindowsBridge();
        foreach (var type in Enum.GetValues<CacheType>())
        {
            foreach (var headSize in new[] { 20, 64, 128 })
            {
                CheckAttention(set, new KvPage(type, headSize), bridge, random);
            }
        }
    }

    // A page of keys and values, against the form that this system calls.
    private static void CheckAttention(InstructionSet set, KvPage page, WindowsBridge bridge, Random random)
    {
        var own = GeneratedAttention.TryCreate(set, page)!;
        var queriesMax = own.QueriesMax;
        var (code, starts) = GeneratedAttention.Assemble(set, page, CallingConvention.Windows);
        using var windows = ExecutableMemory.TryCreate(code)!;
        using var data = new RandomPage(page, queriesMax, null, random);
        for (var queries = 1; queries <= queriesMax; queries++)
        {
            var expectedScores = data.Score(own, queries, 0, KvPage.Length);
            var expectedSums = data.Sum(own, queries, 0, KvPage.Length);
            var scores = new Span<float>(data.Scores, expectedScores.Length);
            var sums = new Span<float>(data.Sums, expectedSums.Length);
            scores.Clear();
            sums.Fill(1);
            var score = new PageArguments
            {
                Page = data.Keys,
                Scales = data.Keys + page.KeyScales,
                Input = data.Queries,
                Output = data.Scores,
                Ahead = data.Keys,
                Count = KvPage.Length / ScoreAssembler.Keys(set, queries),
                Factor = RandomPage.Factor,
            };
            bridge.Call(windows.Start + starts[queries - 1], &score);
            var value = new PageArguments
            {
                Page = data.Values,
                Scales = data.Values + page.ValueScales,
                Input = data.Weights,
                Output = data.Sums,
                Ahead = data.Values,
                Count = KvPage.Length,
            };
            bridge.Call(windows.Start + starts[queriesMax + queries - 1], &value);
            var what = $"{set.Name}, {page.Type}, head size {page.HeadSize}, {queries} queries, seed {Seed}";
            Assert.True(expectedScores.AsSpan().SequenceEqual(scores), $"scores, {what}");
            Assert.True(expectedSums.AsSpan().SequenceEqual(sums), $"sums, {what}");
        }
    }

    private static void Check(InstructionSet set, Format format, Random random)
    {
        var layout = new PanelLayout(format, cutsBlocks: false);
        var kernel = new KernelSet(KernelChoice.Portable, exactActivations: false).For(format, cutsBlocks: false);
        var sizes = IntegerTileAssembler.Sizes(set, layout.Packing);
        var (code, offsets) = GeneratedCode.Assemble(
            set,
            sizes,
            (target, size) => IntegerTileAssembler.Create(target, layout, size),
            CallingConvention.Windows
        );
        using var windows = ExecutableMemory.TryCreate(code)!;
        using var bridge = new WindowsBridge();
        using var weights = new RandomWeights(kernel, sizes.GroupsMax, Columns, random);
        using var input = new TestInput(sizes.TokensMax, Columns, random);
        for (var tokens = 1; tokens <= sizes.TokensMax; tokens++)
        {
            var output = new float[tokens * sizes.GroupsMax * 16];
            fixed (float* y = output)
            {
                var arguments = new KernelArguments
                {
                    Group = weights.Data,
                    GroupBytes = kernel.GroupBytes(Columns),
                    Count = Columns / format.BlockLength,
                    Input = input.View.Numbers,
                    InputStride = input.View.Stride,
                    Scales = input.View.Scales,
                    Sums = input.View.Sums,
                    Output = y,
                    OutputStride = sizes.GroupsMax * 16 * sizeof(float),
                };
                bridge.Call(windows.Start + offsets[^(sizes.TokensMax - tokens + 1)], &arguments);
            }
            Assert.Equal(weights.Multiply(kernel, input.View, tokens), output);
        }
    }
}
