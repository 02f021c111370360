using Tandem.Kernels;
using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Serving;
using Tandem.Tests.Models;

namespace Tandem.Tests.Serving;

public sealed class ReplicaTest : IDisposable
{
    private const int Seed = 4_711;

    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-test-").FullName;

    private static readonly SchedulerOptions Roomy = new()
    {
        Pages = 64,
        PageLength = 64,
        Context = 512,
        SequencesMax = 16,
        StepTokensMax = 64,
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Greedy_text_is_the_golden_one()
    {
        using var replica = new TestReplica(SharedData.Require("models/stories260K.gguf"), Roomy);
        var golden = File.ReadAllText(SharedData.Require("models/stories260K.greedy200.txt"));
        var expected = golden.Split((char[])[' ', ',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        var sequence = replica.Add([1], 200);
        replica.Finish();
        Assert.Equal(expected.Select(id => int.Parse(id, null)), sequence.Tokens[1..].ToArray());
    }

    [Theory]
    [InlineData("golden/llama.gguf", 200)]
    [InlineData("golden/gemma3.gguf", 12)]
    [InlineData("golden/qwen3moe.gguf", 12)]
    [InlineData("golden/formats/Q4_0.gguf", 30)]
    [InlineData("golden/formats/Q4_K_M.gguf", 12)]
    public void Sequences_in_flight_have_the_bits_of_each_alone(string file, int count)
    {
        var options = Roomy with { Pages = 5 * count, SequencesMax = count, StepTokensMax = count + 100 };
        var random = new Random(Seed);
        var prompts = Enumerable.Range(0, count).Select(i => Shared(random, i)).ToArray();
        using var together = new TestReplica(SharedData.Require(file), options);
        CheckAgainstAlone(SharedData.Require(file), together, prompts, generated: 8);
        Assert.InRange(together.Replica.Scheduler.PrefixTokensHit, 64 * count / 8, long.MaxValue);
    }

    [Theory]
    [InlineData(CacheType.Q8_0)]
    [InlineData(CacheType.BF16)]
    public void Cached_prefixes_of_any_number_format_have_the_bits_of_what_is_computed_anew(CacheType type)
    {
        var file = TinyModel.Write(_folder, "llama", "Q4_0", Seed);
        var random = new Random(Seed);
        var prefix = TinyPrompt(random, 150);
        int[][] prompts =
        [
            prefix,
            .. Enumerable.Range(0, 6).Select(i => prefix[..(i + 145)].Concat(TinyPrompt(random, 9)).ToArray()),
        ];
        using var together = new TestReplica(file, Roomy, type);
        together.Add(prefix, 1);
        together.Finish();
        CheckAgainstAlone(file, together, prompts, generated: 20, cacheType: type);
        Assert.Equal(prompts.Length * 128, together.Replica.Scheduler.PrefixTokensHit);
    }

    [Fact]
    public void A_sequence_that_was_set_back_goes_on_with_the_same_bits()
    {
        var random = new Random(Seed);
        var prompts = Enumerable.Range(0, 8).Select(_ => Prompt(random, random.Next(1, 60))).ToArray();
        var file = SharedData.Require("golden/formats/Q8_0.gguf");
        using var together = new TestReplica(file, Roomy with { Pages = 16 });
        CheckAgainstAlone(file, together, prompts, generated: 150);
        Assert.InRange(together.Replica.Scheduler.SetBacks, 1, 100);
    }

    [Fact]
    public void Pages_that_every_window_has_passed_are_not_missed()
    {
        const int Window = 24;
        var file = TinyModel.Write(_folder, "phi3", "Q8_0", Seed);
        var random = new Random(Seed);
        var prompts = Enumerable.Range(0, 5).Select(_ => TinyPrompt(random, random.Next(1, 150))).ToArray();
        using var together = new TestReplica(file, Roomy with { Pages = 12, Window = Window });
        // Alone all pages stay, as if the windows were not known. Penalties look no further than the pages do.
        CheckAgainstAlone(file, together, prompts, generated: 100, penalties: false);
        var turn = together.Add(prompts[4], 150);
        together.Finish();
        var next = together.Add([.. turn.Tokens, .. TinyPrompt(random, 5)], 1);
        together.Finish();
        Assert.Equal((turn.Length - 1) / 64 * 64, next.CachedTokens);
    }

    [Theory]
    [InlineData("tp=2")]
    [InlineData("tp=3,share=1/2/3")]
    [InlineData("pp=2,tp=2,threads=2")]
    public void Ranks_that_send_what_a_choice_looks_at_choose_what_those_do_that_send_all(string plan)
    {
        var file = TinyModel.Write(_folder, "llama", "Q4_0", Seed, TinyShape.Cuttable);
        var expected = Choices(file, plan, wholeLogits: true, out var whole);
        var tokens = Choices(file, plan, wholeLogits: false, out var chosen);
        Assert.Equal(expected, tokens);
        Assert.All(whole, logit => Assert.True(float.IsFinite(logit)));
        // Beside rank 0's own, one of each other rank.
        var ranks = PlanRequest.Parse(plan).TensorParallel;
        Assert.True(chosen.Count(float.IsFinite) < TinyModel.Vocabulary / 2 + ranks);
        Assert.Equal(whole.Max(), chosen.Max());
    }

    [Theory]
    [InlineData(Pooling.Mean)]
    [InlineData(Pooling.Last)]
    internal void An_embedding_does_not_depend_on_chunks_company_or_cache(Pooling pooling)
    {
        var file = TinyModel.Write(_folder, "qwen3", "Q4_0", Seed);
        var random = new Random(Seed);
        var prompt = TinyPrompt(random, 200);
        using var whole = new TestReplica(file, Roomy with { StepTokensMax = 512 }, pooling: pooling);
        var expected = Embed(whole, prompt);
        using var chunked = new TestReplica(file, Roomy with { StepTokensMax = 17 }, threads: 1, pooling: pooling);
        Assert.Equal(expected, Embed(chunked, prompt));
        Assert.Equal(expected, Embed(chunked, prompt));
        for (var i = 0; i < 10; i++)
        {
            whole.Add([.. prompt[..(15 * i + 1)], .. TinyPrompt(random, 10)], 20);
        }
        Assert.Equal(expected, Embed(whole, prompt));
        Assert.NotEqual(expected, Embed(whole, prompt[..199]));
    }

    // What sequences that choose in all ways have said, and the logits of one that is greedy.
    private static int[][] Choices(string file, string plan, bool wholeLogits, out float[] logits)
    {
        using var replica = new TestReplica(file, Roomy, plan: PlanRequest.Parse(plan), wholeLogits: wholeLogits);
        var random = new Random(Seed);
        var sequences = Enumerable.Range(0, 12).Select(i => replica.Add(TinyPrompt(random, 10 + i), 40, Choice(i)));
        Sequence[] added = [.. sequences];
        replica.Finish();
        replica.Add(TinyPrompt(random, 10), 1);
        replica.Finish();
        logits = replica.Last.Step.Logits.Read(0).ToArray();
        return [.. added.Select(sequence => sequence.Tokens.ToArray())];
    }

    private static SamplingParameters Choice(int number) =>
        new()
        {
            Temperature = number % 3 == 0 ? 0 : 2,
            TopK = number % 3 == 1 ? 2 + number / 3 : 0,
            Seed = (ulong)number,
        };

    private static float[] Embed(TestReplica replica, int[] prompt)
    {
        var sequence = replica.Add(prompt, 0, embed: true);
        while (true)
        {
            foreach (var token in replica.Replica.Step(out var result))
            {
                if (token.Sequence == sequence)
                {
                    var length = result!.EmbeddingLength;
                    return result.Embeddings.AsSpan(token.Row * length, length).ToArray();
                }
            }
        }
    }

    // Alone means in one chunk, on one thread, with nothing cached.
    private static void CheckAgainstAlone(
        string file,
        TestReplica together,
        int[][] prompts,
        int generated,
        bool penalties = true,
        CacheType cacheType = CacheType.F16
    )
    {
        var answers = new Answers();
        var sequences = prompts
            .Select((prompt, i) => together.Add(prompt, generated + i % 40, Sampling(i, penalties)))
            .ToArray();
        together.Finish(answers);
        var options = Roomy with { PrefixCache = false, StepTokensMax = 512 };
        using var alone = new TestReplica(file, options, cacheType, threads: 1);
        for (var i = 0; i < prompts.Length; i++)
        {
            var expected = new Answers();
            var sequence = alone.Add(prompts[i], generated + i % 40, Sampling(i, penalties));
            alone.Finish(expected);
            Assert.Equal(sequence.Tokens, sequences[i].Tokens);
            Assert.Equal(expected[sequence], answers[sequences[i]]);
        }
    }

    private static SamplingParameters Sampling(int number, bool penalties) =>
        new()
        {
            Temperature = number % 4 == 0 ? 0 : 1,
            Seed = (ulong)number,
            RepetitionPenalty = penalties && number % 3 == 0 ? 1.2f : 1,
            PresencePenalty = penalties && number % 5 == 0 ? 0.5f : 0,
            TopLogProbabilities = 3,
        };

    // Some prompts begin alike, over a few pages.
    private static int[] Shared(Random random, int number)
    {
        var same = random.Next(3) == 0 ? 0 : random.Next(200);
        return [.. Prompt(new Random(number % 3), same), .. Prompt(random, random.Next(1, 60))];
    }

    private static int[] TinyPrompt(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => random.Next(TinyModel.Vocabulary))];

    private static int[] Prompt(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => random.Next(3, 300))];
}
