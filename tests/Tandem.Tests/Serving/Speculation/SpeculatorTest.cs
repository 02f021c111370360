using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Serving.Speculation;

namespace Tandem.Tests.Serving.Speculation;

/// <summary>Whether guesses are made where they pay, with steps whose cost is known and texts whose repetition is.</summary>
public class SpeculatorTest
{
    [Fact]
    public void A_text_that_repeats_itself_comes_several_tokens_a_step()
    {
        var run = Run(1, 1_000, _ => 0, FewFreeRows);
        Assert.InRange(run.Steps, 60, 120);
        Assert.True(run.Seconds < 0.25 * 1_000 * FewFreeRows(1), $"took {run.Seconds}");
    }

    [Fact]
    public void Guesses_that_are_always_wrong_cost_at_most_three_percent()
    {
        // Every end has occurred before, and never goes on as it did then.
        var run = Run(1, 400, AlwaysOtherwise(), FewFreeRows);
        Assert.True(run.Scheduler.ProposedTokens > 0, "it was tried");
        Assert.InRange(run.Seconds, 0, 1.03 * 400 * FewFreeRows(1));
        var longer = Run(1, 4_000, AlwaysOtherwise(), FewFreeRows);
        Assert.InRange(longer.Seconds, 0, 1.01 * 4_000 * FewFreeRows(1));
    }

    [Fact]
    public void Short_answers_learn_from_those_before_them()
    {
        var run = Run(1, 64, AlwaysOtherwise(), FewFreeRows, turns: 40);
        Assert.InRange(run.Seconds, 0, 1.03 * 40 * 64 * FewFreeRows(1));
        var repeating = Run(1, 64, _ => 0, FewFreeRows, turns: 40);
        Assert.True(repeating.Steps < 40 * 64 / 6, $"{repeating.Steps} steps");
    }

    [Fact]
    public void A_text_that_turns_to_repeating_itself_is_noticed()
    {
        var before = AlwaysOtherwise();
        var run = Run(1, 4_000, text => text.Length < 2_000 ? before(text) : 0, FewFreeRows);
        Assert.True(run.Scheduler.AcceptedTokens > 1_000, $"{run.Scheduler.AcceptedTokens} guesses were right");
    }

    [Fact]
    public void Where_every_row_costs_as_much_as_the_first_nothing_is_guessed_for_long()
    {
        var run = Run(1, 1_000, AlwaysOtherwise(), rows => 0.01 * rows);
        Assert.InRange(run.Seconds, 0, 1.05 * 10);
    }

    [Fact]
    public void One_step_that_waited_for_something_else_does_not_end_guessing()
    {
        // Another program may have a core for many steps of a small model, in the first that checks guesses as in any other.
        for (var slow = 0; slow < 12; slow++)
        {
            var step = 0;
            var run = Run(1, 120, _ => 0, rows => FewFreeRows(rows) * (step++ == slow ? 80 : 1));
            Assert.True(run.Steps < 120 / 6, $"{run.Steps} steps, where step {slow} is slow");
        }
    }

    [Fact]
    public void Many_sequences_leave_few_rows_to_guesses()
    {
        // Up to 8 rows a step reads weights, beyond that it multiplies.
        static double Cost(int rows) => 0.001 * Math.Max(8, rows);
        var one = Run(1, 300, _ => 0, Cost);
        var many = Run(24, 300, HalfOtherwise(), Cost);
        Assert.InRange(one.Steps, 20, 70);
        Assert.InRange(many.Seconds, 0, 1.05 * 300 * Cost(24));
    }

    private static double FewFreeRows(int rows) => 0.02 * (1 + 0.06 * (rows - 1));

    // Chooses what the lookup would not, from few tokens, so that it always finds a place to read on.
    private static Func<int[], int> AlwaysOtherwise()
    {
        var lookup = new PromptLookup();
        var random = new Random(TestRun.Seed);
        var (guess, length) = (new int[1], int.MaxValue);
        return text =>
        {
            if (text.Length < length)
            {
                lookup.Clear(0);
            }
            length = text.Length;
            if (lookup.Find(text) >= 0)
            {
                lookup.Copy(text, guess);
            }
            var token = random.Next(5);
            return token == guess[0] ? token + 1 : token;
        };
    }

    private static Func<int[], int> HalfOtherwise()
    {
        var random = new Random(TestRun.Seed);
        return text => text.Length < 10 || random.Next(2) == 0 ? random.Next(5) : text[^7];
    }

    // Lets sequences generate, each token chosen by what is known before it.
    private static (Scheduler Scheduler, int Steps, double Seconds) Run(
        int sequences,
        int tokens,
        Func<int[], int> choose,
        Func<int, double> cost,
        int turns = 1
    )
    {
        var options = new SchedulerOptions
        {
            Pages = 20_000,
            PageLength = 64,
            Context = 8_192,
            SequencesMax = sequences,
            StepTokensMax = 512,
            ProposalsMax = Speculator.ProposalsMax(sequences),
        };
        var scheduler = new Scheduler(options);
        var speculator = new Speculator(scheduler, new LookupProposer(sequences), sequences);
        var texts = new List<int>[sequences * turns];
        for (var i = 0; i < texts.Length; i++)
        {
            var prompt = Enumerable.Range(0, 5).ToArray();
            texts[i] = [.. prompt];
            scheduler.Add(new Sequence(prompt, tokens + 1, SamplingParameters.Greedy), TimeSpan.Zero);
        }
        var result = new StepResult(options.SampledRowsMax, 1);
        var (steps, seconds) = (0, 0.0);
        while (scheduler.HasWork)
        {
            speculator.Propose();
            var plan = scheduler.Next()!;
            Choose(plan, texts, choose, result);
            var generates = plan.Rows == plan.SampledRows;
            if (generates)
            {
                var took = cost(plan.Rows);
                (steps, seconds) = (steps + 1, seconds + took);
                speculator.Observe(plan.Rows, took);
            }
            scheduler.Complete(result);
        }
        return (scheduler, steps, seconds);
    }

    private static void Choose(StepPlan plan, List<int>[] texts, Func<int[], int> choose, StepResult result)
    {
        var sampled = 0;
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            var text = texts[segment.Sequence];
            var right = true;
            for (var row = segment.Rows - segment.SampledRows; row < segment.Rows; row++)
            {
                if (right)
                {
                    text.Add(choose([.. text]));
                    right = row + 1 < segment.Rows && plan.TokenIds[segment.FirstRow + row + 1] == text[^1];
                    result.TokenIds[sampled] = text[^1];
                }
                else
                {
                    result.TokenIds[sampled] = -1;
                }
                sampled++;
            }
        }
        (result.Id, result.Count) = (plan.Id, sampled);
    }
}
