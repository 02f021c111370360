using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Tests.Loading;
using Tandem.Tests.Models;

namespace Tandem.Tests.Serving.Speculation;

/// <summary>What is chosen does not depend on guesses, whoever makes them and however good they are.</summary>
public sealed class GuessTest : IDisposable
{
    private static readonly SchedulerOptions Roomy = new()
    {
        Pages = 40,
        PageLength = 64,
        Context = 400,
        SequencesMax = 8,
        StepTokensMax = 64,
        ProposalsMax = 30,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("llama", "Q8_0", "tp=1")]
    [InlineData("llama", "Q4_K", "tp=1,threads=2")]
    [InlineData("llama", "Q4_0", "tp=2")]
    [InlineData("qwen3", "F32", "pp=2")]
    [InlineData("llama", "Q4_0", "pp=2,tp=2")]
    [InlineData("qwen3moe", "Q8_0", "pp=3")]
    [InlineData("gemma3", "Q8_0", "tp=1")]
    public void Guesses_change_no_bit_under_any_plan(string architecture, string format, string plan)
    {
        var path = TinyModel.Write(_folder.Path, architecture, format, TestRun.Seed, TinyShape.Cuttable);
        Check(path, Roomy, PlanRequest.Parse(plan));
    }

    [Fact]
    public void Sequences_that_are_set_back_with_guesses_go_on_with_the_same_bits()
    {
        var path = TinyModel.Write(_folder.Path, "llama", "Q8_0", TestRun.Seed);
        var scheduler = Check(path, Roomy with { Pages = 8 }, new PlanRequest(), generated: 150);
        Assert.True(scheduler.SetBacks > 0, "some were set back");
    }

    [Fact]
    public void Pages_that_every_window_has_passed_are_not_missed_by_guesses()
    {
        var path = TinyModel.Write(_folder.Path, "phi3", "Q8_0", TestRun.Seed);
        // Alone all pages stay; penalties look no further than the pages do.
        Check(path, Roomy with { Pages = 24, Window = 24 }, new PlanRequest(), penalties: false);
    }

    // Without guesses first, which gives what to guess; then with guesses that are mostly right, and other company.
    private static Scheduler Check(
        string path,
        SchedulerOptions options,
        PlanRequest plan,
        bool penalties = true,
        int generated = 60
    )
    {
        var random = new Random(TestRun.Seed);
        int[][] prompts = [.. Enumerable.Range(0, 10).Select(_ => Prompt(random))];
        var expected = new Dictionary<int, (int[] Tokens, IReadOnlyList<float> Values)>();
        using (var alone = new TestReplica(path, Roomy with { ProposalsMax = 0, PrefixCache = false }, plan: plan))
        {
            for (var i = 0; i < prompts.Length; i++)
            {
                var answers = new Answers();
                var sequence = alone.Add(prompts[i], generated + i, Sampling(i, penalties));
                alone.Finish(answers);
                expected.Add(i, (sequence.Tokens.ToArray(), answers[sequence]));
            }
        }
        using var together = new TestReplica(path, options, plan: plan);
        var guessed = new Answers();
        Sequence[] sequences =
        [
            .. prompts.Select((prompt, i) => together.Add(prompt, generated + i, Sampling(i, penalties))),
        ];
        together.Guesses = sequence => Guess(random, sequence, expected[Array.IndexOf(sequences, sequence)].Tokens);
        together.Finish(guessed);
        for (var i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(expected[i].Tokens, sequences[i].Tokens);
            Assert.Equal(expected[i].Values, guessed[sequences[i]]);
        }
        var scheduler = together.Replica.Scheduler;
        Assert.True(
            scheduler.AcceptedTokens > 100 && scheduler.ProposedTokens > scheduler.AcceptedTokens + 50,
            $"{scheduler.AcceptedTokens} of {scheduler.ProposedTokens} guesses were right, seed {TestRun.Seed}"
        );
        return scheduler;
    }

    private static int[] Guess(Random random, Sequence sequence, int[] tokens)
    {
        var known = tokens.AsSpan(sequence.Length);
        var guesses = known[..Math.Min(known.Length, random.Next(10))].ToArray();
        for (var i = 0; i < guesses.Length; i++)
        {
            guesses[i] = random.Next(6) == 0 ? random.Next(TinyModel.Vocabulary) : guesses[i];
        }
        return guesses;
    }

    private static int[] Prompt(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 140)).Select(_ => random.Next(TinyModel.Vocabulary))];

    private static SamplingParameters Sampling(int number, bool penalties) =>
        new()
        {
            Temperature = number % 3 == 0 ? 0 : 1.5f,
            TopK = number % 4 == 1 ? 20 : 0,
            Seed = (ulong)number,
            RepetitionPenalty = penalties && number % 2 == 0 ? 1.3f : 1,
            PresencePenalty = penalties && number % 5 == 0 ? 0.5f : 0,
            FrequencyPenalty = penalties && number % 5 == 2 ? 0.5f : 0,
            TopLogProbabilities = number % 4,
        };
}
