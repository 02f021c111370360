using Tandem.Parallel;

namespace Tandem.Tests.Parallel;

public class DataParallelTest
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10, 3, new[] { 3, 3, 4 })]
    [InlineData(2, 4, new[] { 0, 1, 0, 1 })]
    [InlineData(0, 2, new[] { 0, 0 })]
    [InlineData(int.MaxValue, 2, new[] { 1_073_741_823, 1_073_741_824 })]
    public void A_length_is_cut_evenly_and_whole(int length, int parts, int[] lengths)
    {
        var cut = DataParallel.Cut(length, parts);

        Assert.Equal(lengths, cut.Select(part => part.End.Value - part.Start.Value));
        Assert.Equal(0, cut[0].Start.Value);
        Assert.Equal(length, cut[^1].End.Value);
        Assert.All(cut.Zip(cut.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
    }

    [Fact]
    public async Task The_result_has_the_same_bits_for_any_number_of_workers_and_any_timing()
    {
        var random = new Random(TestRun.Seed);
        var numbers = Enumerable.Range(0, 10_000).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var parts = DataParallel.Cut(numbers.Length, 13);
        var sums = new List<float[]>();
        for (var workers = 1; workers <= 8; workers++)
        {
            var gates = new Gates(workers);
            var run = DataParallel.RunAsync(
                Enumerable.Range(0, workers).ToList(),
                parts,
                async (_, part, ending) =>
                {
                    await gates.PassAsync(ending);
                    return new[] { numbers[part].Sum() };
                },
                Reduction.Sum,
                Token
            );
            await gates.OpenUntilAsync(run);
            sums.Add(await run);
        }

        Assert.All(
            sums,
            sum => Assert.Equal(BitConverter.SingleToInt32Bits(sums[0][0]), BitConverter.SingleToInt32Bits(sum[0]))
        );
    }

    [Fact]
    public async Task Each_copy_computes_one_part_at_a_time_and_every_part_is_computed_once()
    {
        var gates = new Gates(seed: 1);
        var replicas = Enumerable.Range(0, 3).Select(_ => new Copy()).ToList();
        var begun = 0;
        var allBegun = new TaskCompletionSource();
        var run = DataParallel.RunAsync(
            replicas,
            Enumerable.Range(0, 100).ToList(),
            async (copy, part, ending) =>
            {
                Assert.Equal(1, Interlocked.Increment(ref copy.AtWork));
                if (Interlocked.Increment(ref begun) == replicas.Count)
                {
                    allBegun.SetResult();
                }
                await allBegun.Task.WaitAsync(ending);
                await gates.PassAsync(ending);
                Interlocked.Decrement(ref copy.AtWork);
                copy.Parts.Add(part);
                return part;
            },
            parts => parts,
            Token
        );
        await gates.OpenUntilAsync(run);

        Assert.Equal(Enumerable.Range(0, 100), await run);
        Assert.Equal(Enumerable.Range(0, 100), replicas.SelectMany(copy => copy.Parts).Order());
        Assert.All(replicas, copy => Assert.NotEmpty(copy.Parts));
    }

    [Fact]
    public async Task A_worker_that_throws_ends_the_others_with_its_error()
    {
        var waits = 0;
        var allWait = new TaskCompletionSource();

        var error = await Assert.ThrowsAsync<InputException>(() =>
            DataParallel.RunAsync(
                [0, 1, 2],
                Enumerable.Range(0, 100).ToList(),
                async (_, part, ending) =>
                {
                    if (Interlocked.Increment(ref waits) == 3)
                    {
                        allWait.SetResult();
                    }
                    await allWait.Task.WaitAsync(ending);
                    if (part == 1)
                    {
                        throw new InputException("part 1");
                    }
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending);
                    return part;
                },
                parts => parts.Count,
                Token
            )
        );

        Assert.Equal("part 1", error.Message);
        Assert.Equal(3, waits);
    }

    [Fact]
    public async Task Cancellation_ends_workers_before_their_next_part()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var begun = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            DataParallel.RunAsync(
                [0],
                Enumerable.Range(0, 100).ToList(),
                (_, part) =>
                {
                    begun++;
                    cancellation.Cancel();
                    return part;
                },
                parts => parts.Count,
                cancellation.Token
            )
        );

        Assert.Equal(1, begun);
    }

    [Fact]
    public async Task More_workers_than_parts_are_no_fault_and_none_is_one()
    {
        int[] parts = [7];

        Assert.Equal(
            7,
            await DataParallel.RunAsync([1, 2, 3], parts, (_, part) => part, values => values.Single(), Token)
        );
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            DataParallel.RunAsync(Array.Empty<int>(), parts, (_, part) => part, values => values.Count, Token)
        );
    }

    private sealed class Copy
    {
        public int AtWork;

        public List<int> Parts { get; } = [];
    }
}
