using Tandem.Parallel;
using Tandem.Tests.Serving;

namespace Tandem.Tests.Parallel;

public class PipelineTest
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 8)]
    public async Task Results_come_in_the_order_of_the_source(int workers, int buffer)
    {
        var results = new List<string>();

        await Pipeline
            .From(Enumerable.Range(0, 1000), buffer)
            .Stage("square", number => (long)number * number, workers, buffer)
            .Stage("print", number => $"<{number}>", workers, buffer)
            .RunAsync(results.Add, Token);

        Assert.Equal(Enumerable.Range(0, 1000).Select(number => $"<{(long)number * number}>"), results);
    }

    [Fact]
    public async Task A_worker_that_is_late_is_waited_for_and_others_work_ahead_as_far_as_the_buffer_goes()
    {
        var late = new TaskCompletionSource();
        var aheadDone = new TaskCompletionSource();
        var results = new List<int>();
        var run = Pipeline
            .From(Enumerable.Range(0, 10))
            .Stage("late", LateAsync, workers: 2, buffer: 4)
            .RunAsync(results.Add, Token);

        await aheadDone.Task.WaitAsync(Token);
        Assert.Empty(results);
        late.SetResult();
        await run;

        Assert.Equal(Enumerable.Range(0, 10), results);

        async ValueTask<int> LateAsync(int item, CancellationToken ending)
        {
            if (item == 0)
            {
                await late.Task.WaitAsync(ending);
            }
            else if (item == 3) // the last of four places
            {
                aheadDone.SetResult();
            }
            return item;
        }
    }

    [Fact]
    public async Task A_slow_stage_holds_up_those_before_it_and_nothing_overruns()
    {
        var (begun, done, aheadMax) = (0, 0, 0);
        var gates = new Gates(seed: 1);
        var run = Pipeline
            .From(Enumerable.Range(0, 100), buffer: 2)
            .Stage("quick", item => Begin(item), workers: 2, buffer: 3)
            .Stage(
                "slow",
                async (item, ending) =>
                {
                    await gates.PassAsync(ending);
                    return item;
                },
                workers: 1,
                buffer: 1
            )
            .RunAsync(_ => Interlocked.Increment(ref done), Token);
        await gates.OpenUntilAsync(run);
        await run;

        Assert.Equal(100, done);
        // Three places of "quick", one of "slow", and one item at the sink.
        Assert.InRange(aheadMax, 1, 3 + 1 + 1);

        int Begin(int item)
        {
            var ahead = Interlocked.Increment(ref begun) - Volatile.Read(ref done);
            InterlockedMax(ref aheadMax, ahead);
            return item;
        }
    }

    [Fact]
    public async Task No_more_workers_than_asked_for_are_at_work()
    {
        var (now, max) = (0, 0);
        var gates = new Gates(seed: 2);
        var allBegun = new TaskCompletionSource();
        var run = Pipeline
            .From(Enumerable.Range(0, 50))
            .Stage("count", CountAsync, workers: 3)
            .RunAsync(_ => { }, Token);
        await gates.OpenUntilAsync(run);
        await run;

        Assert.Equal(3, max);

        async ValueTask<int> CountAsync(int item, CancellationToken ending)
        {
            var atWork = Interlocked.Increment(ref now);
            InterlockedMax(ref max, atWork);
            if (atWork == 3)
            {
                allBegun.TrySetResult();
            }
            await allBegun.Task.WaitAsync(ending);
            await gates.PassAsync(ending);
            Interlocked.Decrement(ref now);
            return item;
        }
    }

    [Fact]
    public async Task An_empty_source_ends_at_once()
    {
        var figures = await Pipeline
            .From(Array.Empty<int>())
            .Stage("never", item => item, workers: 2)
            .RunAsync(_ => Assert.Fail("there is no item"), Token);

        Assert.Equal(["source", "never", "sink"], figures.Select(stage => stage.Name));
        Assert.All(figures, stage => Assert.Equal(0, stage.Items));
    }

    [Fact]
    public async Task A_pipeline_may_be_run_again_and_continued_in_several_ways()
    {
        var doubled = Pipeline.From([1, 2, 3]).Stage("double", number => 2 * number);
        var (first, second) = (new List<int>(), new List<int>());

        await doubled.RunAsync(first.Add, Token);
        await doubled.Stage("negate", number => -number).RunAsync(second.Add, Token);

        Assert.Equal([2, 4, 6], first);
        Assert.Equal([-2, -4, -6], second);
    }

    [Fact]
    public async Task Time_spent_working_is_counted_as_busy()
    {
        var time = new ManualTime();
        var figures = await Pipeline
            .From(Enumerable.Range(0, 3), buffer: 1, time)
            .Stage(
                "work",
                item =>
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    return item;
                },
                buffer: 1
            )
            .RunAsync(_ => { }, Token);

        Assert.Equal([3, 3, 3], figures.Select(stage => stage.Items));
        Assert.Equal(TimeSpan.FromSeconds(3), figures[1].Busy);
        Assert.Equal(TimeSpan.Zero, figures[1].WaitingForInput);
        Assert.Equal(TimeSpan.Zero, figures[1].WaitingForRoom);
    }

    [Fact]
    public void A_stage_without_workers_or_with_fewer_places_than_workers_is_refused()
    {
        var source = Pipeline.From([1]);

        Assert.Throws<ArgumentOutOfRangeException>(() => Pipeline.From([1], buffer: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Stage("none", item => item, workers: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Stage("few", item => item, workers: 3, buffer: 2));
    }

    private static void InterlockedMax(ref int max, int value)
    {
        for (var seen = Volatile.Read(ref max); seen < value; seen = Volatile.Read(ref max))
        {
            Interlocked.CompareExchange(ref max, value, seen);
        }
    }
}
