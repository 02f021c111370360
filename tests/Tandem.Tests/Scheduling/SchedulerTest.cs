using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Tests.Scheduling;

public class SchedulerTest
{
    private static readonly SchedulerOptions Roomy = new()
    {
        Pages = 1_000,
        PageLength = 16,
        Context = 2_000,
        SequencesMax = 8,
        StepTokensMax = 100,
    };

    [Fact]
    public void A_prompt_is_computed_in_chunks_and_sampled_once_at_its_end()
    {
        var driver = new Driver(Roomy);
        var sequence = driver.Add(Driver.Prompt(250), 2);
        Assert.Equal([(0, 100)], Driver.RowsOf(driver.Step()!));
        Assert.Equal([(0, 100)], Driver.RowsOf(driver.Step()!));
        var last = driver.Step()!;
        Assert.Equal([(0, 50)], Driver.RowsOf(last));
        Assert.Equal(1, last.SampledRows);
        Assert.Equal(200, last.Segments[0].FirstPosition);
        Assert.Equal([(0, 1)], Driver.RowsOf(driver.Step()!));
        Assert.Null(driver.Step());
        Assert.Equal(Driver.Alone(Driver.Prompt(250), 2), sequence.Tokens[250..]);
    }

    [Fact]
    public void Generating_sequences_come_first_and_prompts_share_what_is_left()
    {
        var driver = new Driver(Roomy with { MixedPromptTokensMax = 30 });
        driver.Add(Driver.Prompt(10), 100);
        driver.Add(Driver.Prompt(10, first: 500), 100);
        driver.Step();
        driver.Add(Driver.Prompt(40), 1);
        driver.Add(Driver.Prompt(40, first: 900), 1);
        Assert.Equal([(0, 1), (1, 1), (2, 30)], Driver.RowsOf(driver.Step()!));
        Assert.Equal([(0, 1), (1, 1), (2, 10), (3, 20)], Driver.RowsOf(driver.Step()!));
        Assert.Equal([(0, 1), (1, 1), (3, 20)], Driver.RowsOf(driver.Step()!));
        Assert.Equal([(0, 1), (1, 1)], Driver.RowsOf(driver.Step()!));
    }

    [Fact]
    public void Sixty_four_sequences_that_share_1024_tokens_compute_them_once()
    {
        var driver = new Driver(
            new SchedulerOptions
            {
                Pages = 200,
                PageLength = 64,
                Context = 2_048,
                SequencesMax = 64,
            }
        );
        Sequence[] sequences =
        [
            .. Enumerable.Range(0, 64).Select(i => driver.Add([.. Driver.Prompt(1_024), 5_000 + i], 4)),
        ];
        driver.Finish();
        // The shared tokens, then for each its own one and the three that the last generated one follows.
        Assert.Equal(1_024 + 64 * (1 + 3), driver.Rows);
        Assert.Equal(0, sequences[0].CachedTokens);
        Assert.All(sequences[1..], sequence => Assert.Equal(1_024, sequence.CachedTokens));
        Assert.All(
            sequences,
            sequence => Assert.Equal(Driver.Alone(sequence.Tokens[..1_025].ToArray(), 4), sequence.Tokens[1_025..])
        );
    }

    [Fact]
    public void Whoever_shares_nothing_passes_one_that_waits_for_a_prefix()
    {
        var driver = new Driver(Roomy with { StepTokensMax = 64 });
        driver.Add(Driver.Prompt(96), 1);
        driver.Add(Driver.Prompt(100), 1);
        driver.Add(Driver.Prompt(10, first: 500), 1);
        Assert.Equal([(0, 64)], Driver.RowsOf(driver.Step()!));
        Assert.Equal([(0, 32), (2, 10)], Driver.RowsOf(driver.Step()!));
        Assert.Equal([(1, 4)], Driver.RowsOf(driver.Step()!));
    }

    [Fact]
    public void One_that_waits_for_a_prefix_goes_on_alone_when_its_producer_is_cancelled()
    {
        var driver = new Driver(Roomy with { StepTokensMax = 64 });
        var producer = driver.Add(Driver.Prompt(96), 1);
        driver.Add(Driver.Prompt(100), 1);
        driver.Step();
        driver.Scheduler.Remove(producer);
        Assert.Equal([(1, 36)], Driver.RowsOf(driver.Step()!)); // four pages were complete
    }

    [Fact]
    public void At_least_one_token_is_computed_and_never_part_of_a_shared_page()
    {
        var driver = new Driver(Roomy);
        driver.Add(Driver.Prompt(48), 1);
        driver.Finish();
        driver.Add(Driver.Prompt(48), 1);
        Assert.Equal([(1, 16)], Driver.RowsOf(driver.Step()!));
        driver.Add(Driver.Prompt(49), 1);
        Assert.Equal([(2, 1)], Driver.RowsOf(driver.Step()!));
        driver.Add(Driver.Prompt(40), 1);
        Assert.Equal([(3, 8)], Driver.RowsOf(driver.Step()!));
    }

    [Fact]
    public void Generated_tokens_are_a_prefix_for_the_next_turn()
    {
        var driver = new Driver(Roomy);
        var first = driver.Add(Driver.Prompt(20), 30);
        driver.Finish();
        driver.Add([.. first.Tokens, 7, 8], 1);
        Assert.Equal([(1, 4)], Driver.RowsOf(driver.Step()!)); // 52 tokens; 49 were computed, three pages of them
    }

    [Fact]
    public void Salts_keep_prefixes_apart()
    {
        var driver = new Driver(Roomy);
        driver.Add(Driver.Prompt(48), 1, salt: "a");
        driver.Finish();
        var other = driver.Add(Driver.Prompt(48), 1, salt: "b");
        var none = driver.Add(Driver.Prompt(48), 1);
        driver.Finish();
        var same = driver.Add(Driver.Prompt(48), 1, salt: "a");
        driver.Finish();
        Assert.Equal((0, 0, 32), (other.CachedTokens, none.CachedTokens, same.CachedTokens));
    }

    [Fact]
    public void A_page_is_not_shared_before_the_step_that_fills_it_is_complete()
    {
        var driver = new Driver(Roomy with { Depth = 2 });
        driver.Add(Driver.Prompt(33), 1);
        driver.Add(Driver.Prompt(40), 1);
        driver.Next();
        Assert.Null(driver.Next());
        driver.Complete();
        Assert.Equal([(1, 8)], Driver.RowsOf(driver.Next()!));
    }

    [Fact]
    public void The_last_in_order_is_set_back_and_loses_no_token()
    {
        var driver = new Driver(Roomy with { Pages = 6, PageLength = 4, Context = 24 });
        var older = driver.Add(Driver.Prompt(4), 16);
        var younger = driver.Add(Driver.Prompt(4, first: 100), 16);
        driver.Finish();
        Assert.Equal(0, older.SetBacks);
        Assert.InRange(younger.SetBacks, 1, 100);
        Assert.Equal(Driver.Alone(Driver.Prompt(4), 16), older.Tokens[4..]);
        Assert.Equal(Driver.Alone(Driver.Prompt(4, first: 100), 16), younger.Tokens[4..]);
    }

    [Fact]
    public void A_sequence_that_fills_the_cache_alone_is_served()
    {
        var driver = new Driver(Roomy with { Pages = 6, PageLength = 4, Context = 24 });
        driver.Add(Driver.Prompt(4), 20);
        var whole = driver.Add(Driver.Prompt(23, first: 100), 1);
        driver.Finish();
        Assert.Equal(1, whole.Generated);
    }

    [Fact]
    public void Higher_priority_goes_first_and_waiting_raises()
    {
        var driver = new Driver(Roomy with { SequencesMax = 1, PriorityStep = TimeSpan.FromSeconds(10) });
        driver.Add(Driver.Prompt(4), 1, now: 0);
        driver.Add(Driver.Prompt(4), 1, priority: 2, now: 1);
        driver.Add(Driver.Prompt(4), 1, priority: 2, now: 30);
        driver.Add(Driver.Prompt(4), 1, priority: 1, now: 5);
        var order = new List<long>();
        while (driver.Next() is not null)
        {
            order.AddRange(driver.Complete());
        }
        Assert.Equal([1L, 3L, 0L, 2L], order);
    }

    [Fact]
    public void A_prompt_beyond_the_context_is_refused_with_both_numbers()
    {
        var driver = new Driver(Roomy with { Context = 100 });
        var error = Assert.Throws<InputException>(() => driver.Add(Driver.Prompt(100), 1));
        Assert.Equal(
            "the prompt has 100 tokens, the context has room for 99: shorten it, or load the model with a larger context",
            error.Message
        );
        driver.Add(Driver.Prompt(99), 1);
    }

    [Fact]
    public void A_prompt_beyond_the_cache_is_refused_with_both_numbers()
    {
        var driver = new Driver(Roomy with { Pages = 2 });
        var error = Assert.Throws<InputException>(() => driver.Add(Driver.Prompt(32), 1));
        Assert.Equal(
            "the prompt has 32 tokens, the KV cache has room for 31: shorten it, or give the cache more memory",
            error.Message
        );
        Assert.Throws<InputException>(() => driver.Add([], 1));
    }

    [Fact]
    public void Generation_ends_where_the_context_does()
    {
        var driver = new Driver(Roomy with { Context = 20 });
        var sequence = driver.Add(Driver.Prompt(15), int.MaxValue);
        driver.Finish();
        Assert.Equal(20, sequence.Length);
    }

    [Fact]
    public void A_cancelled_sequences_pages_are_free_when_the_last_plan_that_names_it_is_complete()
    {
        var driver = new Driver(Roomy with { Depth = 3, StepTokensMax = 32 });
        var sequence = driver.Add(Driver.Prompt(96), 1);
        driver.Next();
        driver.Next();
        driver.Scheduler.Remove(sequence);
        Assert.Null(driver.Next());
        driver.Complete();
        Assert.Equal(Roomy.Pages - 4, driver.Scheduler.Cache.Available);
        Assert.Empty(driver.Complete());
        Assert.Equal(Roomy.Pages, driver.Scheduler.Cache.Available);
        Assert.Equal(SequenceState.Gone, sequence.State);
    }

    [Fact]
    public void Workers_hear_of_a_slot_that_was_left_before_it_is_used_again()
    {
        var driver = new Driver(Roomy with { SequencesMax = 1 });
        var first = driver.Add(Driver.Prompt(4), 10);
        driver.Add(Driver.Prompt(4), 10);
        Assert.Equal(0, driver.Step()!.LeftCount);
        driver.Scheduler.Remove(first);
        var plan = driver.Step()!;
        Assert.Equal([0], plan.Left[..plan.LeftCount]);
        Assert.Equal((1L, 0), (plan.Segments[0].Sequence, plan.Segments[0].Slot));
    }

    [Fact]
    public void Generating_sequences_are_dealt_evenly_over_the_stages()
    {
        var driver = new Driver(Roomy with { Depth = 3 });
        for (var i = 0; i < 8; i++)
        {
            driver.Add(Driver.Prompt(4, first: 10 * i), 100);
        }
        driver.Step();
        var groups = new List<long[]>();
        for (var i = 0; i < 3; i++)
        {
            groups.Add([.. Driver.RowsOf(driver.Next()!).Select(segment => segment.Sequence)]);
        }
        Assert.Equal([3, 3, 2], groups.Select(group => group.Length));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (long)i), groups.SelectMany(group => group).Order());
        driver.Complete();
        Assert.Equal(groups[0], Driver.RowsOf(driver.Next()!).Select(segment => segment.Sequence));
    }

    [Fact]
    public void With_windows_alone_passed_pages_come_free_and_a_hit_needs_the_last_ones_only()
    {
        var options = Roomy with { Pages = 8, PageLength = 4, Context = 1_000, Window = 8 };
        var driver = new Driver(options);
        var first = driver.Add(Driver.Prompt(200), 100);
        driver.Finish();
        Assert.Equal(300, first.Length);
        Assert.Equal(FakeModel.Alone(Driver.Prompt(200), 100, 8, 1_000), first.Tokens[200..]);
        int[] next = [.. first.Tokens, 5];
        var second = driver.Add(next, 10);
        driver.Finish();
        Assert.Equal(296, second.CachedTokens); // the last of the 300 was sampled and never computed
        Assert.Equal(FakeModel.Alone(next, 10, 8, 1_000), second.Tokens[301..]);
    }

    [Fact]
    public void An_embeddings_prompt_is_computed_whole_and_nothing_is_sampled()
    {
        var driver = new Driver(Roomy);
        driver.Add(Driver.Prompt(64), 1);
        driver.Finish();
        var sequence = new Sequence(Driver.Prompt(64), 0, SamplingParameters.Greedy) { Embed = true };
        driver.Scheduler.Add(sequence, TimeSpan.Zero);
        var plan = driver.Next()!;
        Assert.Equal((64, 0, true), (plan.Rows, plan.SampledRows, plan.Segments[0].Embed));
        Assert.Equal([sequence.Id], driver.Complete());
        Assert.Equal(SequenceState.Gone, sequence.State);
    }

    [Fact]
    public void Steps_allocate_nothing_while_sequences_generate()
    {
        var scheduler = new Scheduler(
            new SchedulerOptions
            {
                Pages = 2_000,
                PageLength = 16,
                Context = 500,
                Depth = 2,
            }
        );
        for (var i = 0; i < 64; i++)
        {
            scheduler.Add(new Sequence(Driver.Prompt(20, first: i), 400, SamplingParameters.Greedy), TimeSpan.Zero);
        }
        var result = new StepResult(64, 1);
        Steps(scheduler, result, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Steps(scheduler, result, 500);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(64, scheduler.Running.Length);
    }

    private static void Steps(Scheduler scheduler, StepResult result, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            var plan = scheduler.Next()!;
            (result.Id, result.Count) = (plan.Id, plan.SampledRows);
            scheduler.Complete(result);
        }
    }

    [Fact]
    public void Right_guesses_are_taken_at_once_and_what_follows_a_wrong_one_is_dropped()
    {
        var driver = new Driver(Roomy with { ProposalsMax = 8 });
        var expected = Driver.Alone(Driver.Prompt(10), 12);
        var sequence = driver.Add(Driver.Prompt(10), 12);
        driver.Step();
        sequence.Propose([expected[1], expected[2], 0, expected[4]]);
        var step = driver.Step()!;
        Assert.Equal([(0, 5)], Driver.RowsOf(step));
        Assert.Equal(5, step.SampledRows);
        Assert.Equal(expected.AsSpan(0, 4), sequence.Tokens[10..]);
        Assert.Equal((4L, 2L), (sequence.ProposedTokens, sequence.AcceptedTokens));
        sequence.Propose(expected.AsSpan(4));
        Assert.Equal([(0, 8)], Driver.RowsOf(driver.Step()!)); // the last token is never guessed: nothing would follow it
        Assert.Equal(expected, sequence.Tokens[10..]);
        Assert.False(driver.Scheduler.HasWork);
    }

    [Fact]
    public void Guesses_leave_rows_to_others_and_to_prompts()
    {
        var driver = new Driver(Roomy with { StepTokensMax = 10, ProposalsMax = 7 });
        Sequence[] sequences = [driver.Add(Driver.Prompt(2), 100), driver.Add(Driver.Prompt(2, first: 50), 100)];
        driver.Step();
        var prompt = driver.Add(Driver.Prompt(4, first: 70), 1);
        sequences[0].Propose(new int[5]);
        sequences[1].Propose(new int[5]);
        Assert.Equal([(0, 6), (1, 3), (2, 1)], Driver.RowsOf(driver.Step()!));
        Assert.Equal(1, prompt.Computed);
    }

    [Fact]
    public void Guesses_take_no_page_that_another_may_need_and_keep_none()
    {
        var driver = new Driver(Roomy with { Pages = 4, PrefixCache = false, ProposalsMax = 40 });
        Sequence[] sequences = [driver.Add(Driver.Prompt(14), 20), driver.Add(Driver.Prompt(14, first: 50), 20)];
        driver.Step();
        // Two pages are free, and each of the two may need one.
        sequences[0].Propose(new int[19]);
        sequences[1].Propose(new int[19]);
        Assert.Equal([(0, 2), (1, 2)], Driver.RowsOf(driver.Step()!));
        Assert.Equal(2, driver.Scheduler.Cache.Available);
        driver.Scheduler.Remove(sequences[1]);
        sequences[0].Propose(new int[18]);
        Assert.Equal([(0, 18)], Driver.RowsOf(driver.Step()!)); // over three pages
        Assert.Equal(17, sequences[0].Length);
        Assert.Equal(2, driver.Scheduler.Cache.Available);
        Assert.Equal(0, driver.Scheduler.SetBacks);
    }
}
