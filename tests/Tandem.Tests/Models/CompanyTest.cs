using Tandem.Kernels;

namespace Tandem.Tests.Models;

/// <summary>A token's result never depends on its company: the same bits alone, in chunks, and beside other sequences.</summary>
public class CompanyTest
{
    private const int Seed = 20261;

    public static TheoryData<string> Files =>
        [
            "golden/llama-mha.gguf",
            "golden/qwen3moe.gguf",
            "golden/gemma3.gguf",
            "golden/formats/F16.gguf",
            "golden/formats/Q4_0.gguf",
            "golden/formats/Q8_0.gguf",
            "golden/formats/Q4_K_M.gguf",
            "golden/formats/Q2_K.gguf",
            "golden/formats/IQ4_XS.gguf",
        ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Chunks_of_every_size_give_the_same_bits(string file)
    {
        using var model = new TestModel(SharedData.Require(file), cache: CacheType.F16);
        var tokens = Tokens(new Random(Seed), 150);
        var whole = model.Logits(tokens, 64);
        for (var chunk = 1; chunk < 64; chunk += TestRun.All ? 1 : 5)
        {
            AssertSame(whole, model.Logits(tokens, chunk), $"{file} in chunks of {chunk}");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Sequences_that_share_steps_give_the_bits_of_each_alone(string file)
    {
        const int sequences = 8;
        using var model = new TestModel(SharedData.Require(file), sequences: sequences, cache: CacheType.BF16);
        var random = new Random(Seed);
        var tokens = Enumerable.Range(0, sequences).Select(_ => Tokens(random, random.Next(20, 150))).ToArray();
        var alone = tokens.Select(sequence => model.Logits(sequence, 64)).ToArray();
        var done = new int[sequences];
        while (tokens.Where((sequence, i) => done[i] < sequence.Length).Any())
        {
            var parts = RandomParts(random, tokens, done);
            var row = 0;
            var logits = model.Run(parts);
            foreach (var (sequence, position, ids) in parts)
            {
                for (var i = 0; i < ids.Length; i++)
                {
                    var expected = alone[sequence].AsSpan((position + i) * model.Vocabulary, model.Vocabulary);
                    AssertSame(
                        expected,
                        logits[row++],
                        $"{file}, sequence {sequence}, position {position + i}, seed {Seed}"
                    );
                }
                done[sequence] += ids.Length;
            }
        }
    }

    [Theory]
    [InlineData("golden/formats/Q4_0.gguf")]
    [InlineData("golden/llama.gguf")]
    public void Any_number_of_threads_gives_the_same_bits(string file)
    {
        var tokens = Tokens(new Random(Seed), 40);
        using var one = new TestModel(SharedData.Require(file), threads: 1);
        var expected = one.Logits(tokens, 16);
        foreach (var threads in new[] { 2, 3, 7 })
        {
            using var several = new TestModel(SharedData.Require(file), threads: threads);
            AssertSame(expected, several.Logits(tokens, 16), $"{file} on {threads} threads");
        }
    }

    private static List<(int Sequence, int Position, int[] Tokens)> RandomParts(
        Random random,
        int[][] tokens,
        int[] done
    )
    {
        var parts = new List<(int, int, int[])>();
        var room = 64;
        for (var sequence = 0; sequence < tokens.Length && room > 0; sequence++)
        {
            var count = Math.Min(Math.Min(random.Next(0, 30), room), tokens[sequence].Length - done[sequence]);
            if (count > 0)
            {
                parts.Add((sequence, done[sequence], tokens[sequence][done[sequence]..(done[sequence] + count)]));
                room -= count;
            }
        }
        return parts;
    }

    private static int[] Tokens(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 320))];

    private static void AssertSame(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what) =>
        Assert.True(expected.SequenceEqual(actual), what);
}
