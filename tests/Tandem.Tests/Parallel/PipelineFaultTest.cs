using System.Runtime.CompilerServices;
using Tandem.Parallel;

namespace Tandem.Tests.Parallel;

/// <summary>Whatever goes wrong, a pipeline ends, says what was wrong first, and has lost or doubled nothing before it.</summary>
public class PipelineFaultTest
{
    private const int Items = 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public enum Place
    {
        Source,
        First,
        Second,
        Sink,
    }

    public static TheoryData<Place> Places => [.. Enum.GetValues<Place>()];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task An_error_anywhere_ends_all_stages_and_is_what_the_caller_sees(Place place)
    {
        var line = new Line(seed: 3, place, at: 17, () => throw new InputException("item 17 is bad"));
        var run = line.RunAsync(Token);
        await line.Gates.OpenUntilAsync(run);

        var error = await Assert.ThrowsAsync<InputException>(() => run);

        Assert.Equal("item 17 is bad", error.Message);
        line.AssertEndedInOrder();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Cancellation_at_any_place_ends_all_stages(Place place)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var line = new Line(seed: 4, place, at: 17, cancellation.Cancel);
        var run = line.RunAsync(cancellation.Token);
        await line.Gates.OpenUntilAsync(run);

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.Equal(cancellation.Token, error.CancellationToken);
        line.AssertEndedInOrder();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Cancellation_reaches_a_place_that_waits_for_ever(Place place)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var stuck = new TaskCompletionSource();
        var line = new Line(seed: 5, place, at: 5, () => stuck.TrySetResult(), stays: true);
        var run = line.RunAsync(cancellation.Token);
        var opening = line.Gates.OpenUntilAsync(run);
        await stuck.Task.WaitAsync(Token);
        Assert.False(run.IsCompleted);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await opening;

        line.AssertEndedInOrder();
    }

    [Fact]
    public async Task A_consumer_that_stops_reading_stops_the_stages_before_it()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var (drawn, made) = (0, 0);
        var full = new TaskCompletionSource();
        var run = Pipeline
            .From(Enumerable.Range(0, Items).Select(item => Interlocked.Increment(ref drawn)), buffer: 2)
            .Stage("make", Make, workers: 2, buffer: 3)
            .RunAsync(
                async (_, ending) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending),
                cancellation.Token
            );
        await full.Task.WaitAsync(Token);
        for (var i = 0; i < 1000; i++)
        {
            await Task.Yield(); // whoever could still overrun may run now
        }

        Assert.Equal(4, made); // three in the buffer and one that the consumer has
        Assert.InRange(drawn, 4, 4 + 2 + 1); // two in the source's buffer and one that waits for room
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        int Make(int item)
        {
            if (Interlocked.Increment(ref made) == 4)
            {
                full.SetResult();
            }
            return item;
        }
    }

    [Fact]
    public async Task A_cancelled_token_runs_nothing_to_its_end()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Pipeline.From([1, 2, 3]).RunAsync(_ => Assert.Fail("nothing was asked for"), new CancellationToken(true))
        );
    }

    [Fact]
    public async Task The_source_is_left_in_order_when_a_stage_fails()
    {
        var left = false;

        await Assert.ThrowsAsync<InputException>(() =>
            Pipeline
                .From(Source(Token))
                .Stage<int>("fail", _ => throw new InputException("no"))
                .RunAsync(_ => { }, Token)
        );

        Assert.True(left);

        async IAsyncEnumerable<int> Source([EnumeratorCancellation] CancellationToken ending)
        {
            try
            {
                for (var i = 0; ; i++)
                {
                    await Task.Yield();
                    ending.ThrowIfCancellationRequested();
                    yield return i;
                }
            }
            finally
            {
                left = true;
            }
        }
    }

    [Fact]
    public async Task Under_any_schedule_no_item_is_lost_or_doubled()
    {
        var runs = TestRun.All ? 5000 : 300;
        for (var seed = TestRun.Seed; seed < TestRun.Seed + runs; seed++)
        {
            var random = new Random(seed);
            var place = (Place)random.Next(4);
            var at = random.Next(2 * Items); // half of the runs have no fault
            var line = new Line(seed, place, at, () => throw new InputException($"seed {seed}"));
            var run = line.RunAsync(Token);
            await line.Gates.OpenUntilAsync(run);
            if (at < Items)
            {
                var error = await Assert.ThrowsAsync<InputException>(() => run);
                Assert.Equal($"seed {seed}", error.Message);
            }
            else
            {
                var figures = await run;
                Assert.All(figures, stage => Assert.Equal(Items, stage.Items));
                Assert.Equal(Items, line.Results.Count);
            }
            line.AssertEndedInOrder();
        }
    }

    /// <summary>A pipeline of two stages in which every step waits for a gate, and in one place something happens to one item.</summary>
    private sealed class Line(int seed, Place place, int at, Action happens, bool stays = false)
    {
        private int _atWork;

        public Gates Gates { get; } = new(seed);

        public List<int> Results { get; } = [];

        public Task<IReadOnlyList<StageFigures>> RunAsync(CancellationToken cancellationToken)
        {
            var random = new Random(seed);
            var (workers1, workers2) = (random.Next(1, 4), random.Next(1, 4));
            return Pipeline
                .From(SourceAsync(CancellationToken.None), random.Next(1, 4))
                .Stage(
                    "first",
                    (item, ending) => StepAsync(Place.First, item, ending),
                    workers1,
                    workers1 + random.Next(3)
                )
                .Stage(
                    "second",
                    (item, ending) => StepAsync(Place.Second, item, ending),
                    workers2,
                    workers2 + random.Next(3)
                )
                .RunAsync(
                    async (item, ending) =>
                    {
                        await StepAsync(Place.Sink, item, ending);
                        Results.Add(item);
                    },
                    cancellationToken
                );
        }

        /// <summary>Nothing runs any more, and what came out are the first items in order.</summary>
        public void AssertEndedInOrder()
        {
            Assert.Equal(0, Volatile.Read(ref _atWork));
            Assert.Equal(Enumerable.Range(0, Results.Count), Results);
        }

        private async IAsyncEnumerable<int> SourceAsync([EnumeratorCancellation] CancellationToken ending)
        {
            for (var item = 0; item < Items; item++)
            {
                yield return await StepAsync(Place.Source, item, ending);
            }
        }

        private async ValueTask<int> StepAsync(Place here, int item, CancellationToken ending)
        {
            Interlocked.Increment(ref _atWork);
            try
            {
                await Gates.PassAsync(ending);
                if (here == place && item == at)
                {
                    happens();
                    if (stays)
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending);
                    }
                }
                return item;
            }
            finally
            {
                Interlocked.Decrement(ref _atWork);
            }
        }
    }
}
