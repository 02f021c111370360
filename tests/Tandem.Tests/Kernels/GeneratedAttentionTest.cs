using Tandem.Kernels;
using Tandem.Kernels.Generated;

namespace Tandem.Tests.Kernels;

/// <summary>Generated attention against that in C#, bit for bit.</summary>
public sealed class GeneratedAttentionTest
{
    private const int Seed = 31;

    public static TheoryData<string, CacheType> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, CacheType>();
            foreach (var set in TestSets.Names)
            {
                foreach (var type in Enum.GetValues<CacheType>())
                {
                    kinds.Add(set, type);
                }
            }
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_number_of_queries_and_any_keys_give_the_bits_of_the_portable_kernel(string set, CacheType type)
    {
        var instructions = TestSets.Require(set);
        var random = new Random(Seed);
        foreach (var headSize in new[] { 1, 8, 20, 32, 64, 80, 96, 128, 256 })
        {
            var page = new KvPage(type, headSize);
            var generated = GeneratedAttention.TryCreate(instructions, page)!;
            var portable = new PortableAttention(page);
            using var data = new RandomPage(page, PageAssembler.QueriesMax(InstructionSet.Avx512), null, random);
            for (var queries = 1; queries <= generated.QueriesMax; queries++)
            {
                foreach (var (first, end) in Ranges(random))
                {
                    var what = $"{set}, {type}, head size {headSize}, {queries} queries, {first} to {end}, seed {Seed}";
                    Compare(data, generated, portable, queries, (first, end), what);
                }
            }
        }
    }

    // Keys at both ends of a page, a single one, and others.
    private static IEnumerable<(int First, int End)> Ranges(Random random)
    {
        yield return (0, KvPage.Length);
        yield return (0, 1);
        yield return (KvPage.Length - 1, KvPage.Length);
        for (var i = 0; i < 5; i++)
        {
            var first = random.Next(KvPage.Length);
            yield return (first, random.Next(first + 1, KvPage.Length + 1));
        }
    }

    private static void Compare(
        RandomPage data,
        GeneratedAttention generated,
        PortableAttention portable,
        int queries,
        (int First, int End) keys,
        string what
    )
    {
        // The portable kernel takes four or eight.
        var (few, step) = (queries, portable.QueriesStep);
        var whole = (few + step - 1) / step * step;
        var expectedScores = data.Score(portable, whole, keys.First, keys.End);
        var scores = data.Score(generated, few, keys.First, keys.End);
        Assert.True(expectedScores.AsSpan(0, scores.Length).SequenceEqual(scores), $"scores, {what}");
        var expectedSums = data.Sum(portable, whole, keys.First, keys.End);
        var sums = data.Sum(generated, few, keys.First, keys.End);
        Assert.True(expectedSums.AsSpan(0, sums.Length).SequenceEqual(sums), $"sums, {what}");
    }
}
