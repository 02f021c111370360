using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Tests.Serving;

public class ReplicaTest
{
    private const int Seed = 4_711;

    private static readonly SchedulerOptions Roomy = new()
    {
        Pages = 64,
        PageLength = 64,
        Context = 512,
        SequencesMax = 16,
        StepTokensMax = 64,
    };

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
        CheckAgainstAlone(file, together, prompts, generated: 8);
        Assert.InRange(together.Replica.Scheduler.PrefixTokensHit, 64 * count / 8, long.MaxValue);
    }

    [Fact]
    public void A_sequence_that_was_set_back_goes_on_with_the_same_bits()
    {
        var random = new Random(Seed);
        var prompts = Enumerable.Range(0, 8).Select(_ => Prompt(random, random.Next(1, 60))).ToArray();
        const string File = "golden/formats/Q8_0.gguf";
        using var together = new TestReplica(SharedData.Require(File), Roomy with { Pages = 16 });
        CheckAgainstAlone(File, together, prompts, generated: 150);
        Assert.InRange(together.Replica.Scheduler.SetBacks, 1, 100);
    }

    // Alone means in one chunk, on one thread, with nothing cached.
    private static void CheckAgainstAlone(string file, TestReplica together, int[][] prompts, int generated)
    {
        var answers = new Answers();
        var sequences = prompts.Select((prompt, i) => together.Add(prompt, generated + i % 40, Sampling(i))).ToArray();
        together.Finish(answers);
        var options = Roomy with { PrefixCache = false, StepTokensMax = 512 };
        using var alone = new TestReplica(SharedData.Require(file), options, threads: 1);
        for (var i = 0; i < prompts.Length; i++)
        {
            var expected = new Answers();
            var sequence = alone.Add(prompts[i], generated + i % 40, Sampling(i));
            alone.Finish(expected);
            Assert.Equal(sequence.Tokens, sequences[i].Tokens);
            Assert.Equal(expected[sequence], answers[sequences[i]]);
        }
    }

    private static SamplingParameters Sampling(int number) =>
        new()
        {
            Temperature = number % 4 == 0 ? 0 : 1,
            Seed = (ulong)number,
            RepetitionPenalty = number % 3 == 0 ? 1.2f : 1,
            PresencePenalty = number % 5 == 0 ? 0.5f : 0,
            TopLogProbabilities = 3,
        };

    // Some prompts begin alike, over a few pages.
    private static int[] Shared(Random random, int number)
    {
        var same = random.Next(3) == 0 ? 0 : random.Next(200);
        return [.. Prompt(new Random(number % 3), same), .. Prompt(random, random.Next(1, 60))];
    }

    private static int[] Prompt(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => random.Next(3, 300))];
}
