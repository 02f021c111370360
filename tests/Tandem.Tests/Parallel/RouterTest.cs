using Tandem.Parallel;

namespace Tandem.Tests.Parallel;

public class RouterTest
{
    private static readonly int[] Story = [.. Enumerable.Range(100, 64)];
    private static readonly int[] Other = [.. Enumerable.Range(500, 64)];

    [Fact]
    public void A_request_goes_where_the_least_work_is_outstanding()
    {
        var router = NewRouter(3);
        var busy = router.Pick([1], null, 50);
        var idle = router.Pick([2], null, 20);
        var third = router.Pick([3], null, 30);

        Assert.Equal([0, 1, 2], new[] { busy, idle, third }.Order());
        Assert.Equal(idle, router.Pick([4], null, 25)); // 20 + 25
        Assert.Equal(third, router.Pick([5], null, 1)); // 30
        router.Complete(busy, 45);
        Assert.Equal(busy, router.Pick([6], null, 1)); // 5
        Assert.Equal(6, router.Outstanding(busy));
    }

    [Fact]
    public void A_replica_that_has_failed_is_not_picked_again()
    {
        var router = NewRouter(3);
        var home = router.Pick(Story, null, 0);
        router.Exclude(home);

        var picks = Enumerable.Range(0, 10).Select(i => router.Pick([.. Story, i], null, 100)).ToList();
        Assert.DoesNotContain(home, picks);
        Assert.Equal(2, picks.Distinct().Count());

        router.Exclude(picks[0]);
        Assert.Equal(3 - home - picks[0], router.Pick(Story, null, 0));
        router.Exclude(3 - home - picks[0]);
        Assert.Equal(-1, router.Pick(Story, null, 0));
    }

    [Fact]
    public void A_prefix_draws_requests_to_where_it_was_computed()
    {
        var router = NewRouter(4);
        var home = router.Pick(Story, null, 10);
        var away = router.Pick(Other, null, 10);
        Assert.NotEqual(home, away);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(home, router.Pick([.. Story, i], null, 10));
            Assert.Equal(away, router.Pick([.. Other, i], null, 10));
        }
    }

    [Fact]
    public void Affinity_yields_when_the_load_differs_by_more_than_the_prefix_saves()
    {
        var router = NewRouter(2);
        var home = router.Pick(Story, null, 0);
        var picks = Enumerable.Range(0, 20).Select(_ => router.Pick([.. Story[..32], 7], null, 10)).ToList();

        // 32 tokens are saved at home: 0, 10, 20 and 30 tokens of others are less than that, 40 are more.
        Assert.Equal([home, home, home, home, 1 - home], picks.Take(5));
        Assert.Equal(100, router.Outstanding(home), 30.0);
    }

    [Fact]
    public void The_longest_known_prefix_wins()
    {
        var router = NewRouter(2);
        var home = router.Pick(Story, null, 0);
        router.Complete(home, 0);
        var busy = router.Pick([1], null, 100) == home ? home : 1 - home;
        router.Complete(busy, 100);
        // The first block goes to the other replica too, because home is busy.
        LoadUp(router, home, 1000);
        Assert.Equal(1 - home, router.Pick(Story.AsSpan(0, 16), null, 0));
        router.Complete(home, 1000);

        Assert.Equal(home, router.Pick([.. Story, 1], null, 0));
    }

    [Fact]
    public void Salts_share_no_prefix()
    {
        var router = NewRouter(2);
        var home = router.Pick(Story, "anna", 10);

        Assert.Equal(home, router.Pick(Story, "anna", 10));
        Assert.Equal(1 - home, router.Pick(Story, "bert", 10));
        Assert.Equal(1 - home, router.Pick(Story, null, 5)); // 10 against 20
    }

    [Fact]
    public void Tokens_beyond_the_last_whole_block_are_not_remembered()
    {
        var router = NewRouter(2);
        var home = router.Pick(Story.AsSpan(0, 15), null, 10);

        Assert.Equal(1 - home, router.Pick(Story.AsSpan(0, 15), null, 10));
    }

    [Fact]
    public void An_old_prefix_is_forgotten_when_the_memory_is_full()
    {
        var router = new Router(
            new RouterOptions
            {
                Replicas = 2,
                BlockLength = 16,
                PrefixesMax = 1,
            }
        );
        var home = router.Pick(Story.AsSpan(0, 16), null, 10);
        Assert.Equal(home, router.Pick(Story.AsSpan(0, 16), null, 0));

        router.Pick(Other.AsSpan(0, 16), null, 0);

        Assert.Equal(1 - home, router.Pick(Story.AsSpan(0, 16), null, 0));
    }

    [Fact]
    public void Ties_are_decided_by_the_seed_and_spread_over_all()
    {
        Assert.Equal(Picks(seed: 1), Picks(seed: 1));
        Assert.NotEqual(Picks(seed: 1), Picks(seed: 2));
        var counts = Picks(seed: 3).CountBy(replica => replica).ToList();
        Assert.Equal(4, counts.Count);
        Assert.All(counts, pair => Assert.InRange(pair.Value, 70, 130));

        static List<int> Picks(int seed)
        {
            var router = new Router(new RouterOptions { Replicas = 4, Seed = seed });
            return [.. Enumerable.Range(0, 400).Select(i => router.Pick([i], null, 0))];
        }
    }

    [Fact]
    public async Task Many_threads_leave_no_work_behind()
    {
        var router = NewRouter(3);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() => Work(thread))));

        Assert.All(Enumerable.Range(0, 3), replica => Assert.Equal(0, router.Outstanding(replica)));

        void Work(int thread)
        {
            var random = new Random(thread);
            for (var i = 0; i < 2000; i++)
            {
                var work = random.Next(100);
                var replica = router.Pick(Story.AsSpan(0, random.Next(64)), null, work);
                router.Complete(replica, work / 2);
                router.Complete(replica, work - (work / 2));
            }
        }
    }

    [Fact]
    public void Impossible_numbers_are_refused()
    {
        var router = NewRouter(1);
        router.Pick([1], null, 5);

        Assert.Throws<ArgumentOutOfRangeException>(() => router.Complete(0, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => router.Complete(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => router.Pick([1], null, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => NewRouter(0));
    }

    private static Router NewRouter(int replicas) => new(new RouterOptions { Replicas = replicas, BlockLength = 16 });

    // Requests without a prefix go to the emptier replica; they fill up both, then those of the other are complete.
    private static void LoadUp(Router router, int replica, long work)
    {
        while (router.Outstanding(replica) < work)
        {
            var picked = router.Pick([1], null, work);
            if (picked != replica)
            {
                Assert.Equal(replica, router.Pick([1], null, work));
                router.Complete(picked, work);
            }
        }
    }
}
