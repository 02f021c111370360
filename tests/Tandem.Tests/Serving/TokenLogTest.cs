using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Tests.Serving;

public class TokenLogTest
{
    private const int PageLength = 4;

    [Fact]
    public void A_history_has_the_tokens_of_a_cached_prefix_that_another_sequence_wrote()
    {
        var log = new TokenLog(8, PageLength, int.MaxValue);
        log.Record(Step([10, 11, 12, 13, 14, 15], new StepSegment { Rows = 6, PageCount = 2 }, [3, 5]));

        // Another sequence shares the full page 3 and goes on in a page of its own.
        var segment = new StepSegment
        {
            Rows = 2,
            FirstPosition = 4,
            PageCount = 2,
            PromptLength = 5,
        };
        var plan = Step([20, 21], segment, [3, 0]);
        log.Record(plan);

        Assert.Equal([10, 11, 12, 13, 20], Tokens(log.Before(plan, segment, 0)));
        Assert.Equal([10, 11, 12, 13, 20, 21], Tokens(log.Before(plan, segment, 1)));
        Assert.Equal(5, log.Before(plan, segment, 1).PromptLength);
    }

    [Fact]
    public void What_every_window_has_passed_does_not_count()
    {
        const int Window = 3;
        var log = new TokenLog(8, PageLength, Window);
        var segment = new StepSegment
        {
            FirstPosition = 7,
            Rows = 2,
            PageCount = 3,
            SampledRows = 1,
            Sampling = SamplingParameters.Greedy with { PresencePenalty = 1 },
        };
        log.Record(Step([0, 1, 2, 3, 4, 5, 6], new StepSegment { Rows = 7, PageCount = 2 }, [2, 4]));
        var plan = Step([7, 8], segment, [-1, 4, 1]);
        log.Record(plan);

        // All are equally likely, so the first that was not said within the window is chosen.
        var result = new StepResult(1, 1);
        new Sampler(9).Sample(plan, log, new float[9], 9, result);
        Assert.Equal(0, result.TokenIds[0]);
        Assert.Equal(6, log.Before(plan, segment, 1).First);
    }

    [Fact]
    public void A_step_samples_the_last_rows_of_each_segment_in_order()
    {
        const int Vocabulary = 5;
        var plan = new StepPlan(rowsMax: 8, segmentsMax: 3, pagesMax: 3)
        {
            Id = 9,
            Rows = 6,
            SegmentCount = 3,
        };
        // A prompt that ends, one that does not, and a sequence that speculates.
        plan.Segments[0] = new StepSegment
        {
            Rows = 2,
            PageCount = 1,
            SampledRows = 1,
            Sampling = SamplingParameters.Greedy,
        };
        plan.Segments[1] = new StepSegment
        {
            FirstRow = 2,
            Rows = 2,
            FirstPage = 1,
            PageCount = 1,
            Sampling = SamplingParameters.Greedy,
        };
        plan.Segments[2] = new StepSegment
        {
            FirstRow = 4,
            Rows = 2,
            FirstPage = 2,
            PageCount = 1,
            SampledRows = 2,
            Sampling = SamplingParameters.Greedy with { PresencePenalty = 2, TopLogProbabilities = 0 },
        };
        new[] { 0, 1, 2 }.CopyTo(plan.Pages, 0);
        new[] { 0, 0, 0, 0, 3, 4 }.CopyTo(plan.TokenIds, 0);
        var log = new TokenLog(3, PageLength, int.MaxValue);
        log.Record(plan);
        var logits = new float[3 * Vocabulary];
        logits[1] = 1;
        // The second row of the last segment has seen tokens 3 and 4, the first only 3.
        (logits[Vocabulary + 3], logits[Vocabulary + 4]) = (1.5f, 1);
        (logits[2 * Vocabulary + 3], logits[2 * Vocabulary + 4], logits[2 * Vocabulary + 2]) = (1.5f, 1.5f, 0.1f);

        var result = new StepResult(3, 1);
        new Sampler(Vocabulary).Sample(plan, log, logits, Vocabulary, result);

        Assert.Equal(9, result.Id);
        Assert.Equal(3, result.Count);
        Assert.Equal([1, 4, 2], result.TokenIds);
    }

    private static StepPlan Step(int[] tokens, StepSegment segment, int[] pages)
    {
        var plan = new StepPlan(tokens.Length, 1, pages.Length) { Rows = tokens.Length, SegmentCount = 1 };
        tokens.CopyTo(plan.TokenIds, 0);
        pages.CopyTo(plan.Pages, 0);
        plan.Segments[0] = segment;
        return plan;
    }

    private static int[] Tokens(TokenHistory history)
    {
        var tokens = new int[history.Length];
        for (var position = 0; position < tokens.Length; position++)
        {
            tokens[position] = history[position];
        }
        return tokens;
    }
}
