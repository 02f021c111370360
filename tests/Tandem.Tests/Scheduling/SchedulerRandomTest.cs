namespace Tandem.Tests.Scheduling;

public class SchedulerRandomTest(ITestOutputHelper output)
{
    // The whole million under ./test --all.
    private const int StepsAWorld = 1_000;

    [Fact]
    public void Everything_holds_after_every_step_of_random_worlds()
    {
        var worlds = TestRun.All ? 1_000 : 100;
        var (steps, setBacks, hits, removed, finished) = (0L, 0L, 0L, 0L, 0L);
        var (proposed, accepted) = (0L, 0L);
        System.Threading.Tasks.Parallel.For(
            0,
            worlds,
            index =>
            {
                var seed = TestRun.Seed + index;
                var world = new World(seed);
                try
                {
                    world.Run(StepsAWorld);
                }
                catch (Exception exception)
                {
                    throw new InvalidOperationException($"world of seed {seed}: {exception.Message}", exception);
                }
                Interlocked.Add(ref steps, world.Seen.Steps);
                Interlocked.Add(ref setBacks, world.Seen.SetBacks);
                Interlocked.Add(ref hits, world.Seen.PrefixTokensHit);
                Interlocked.Add(ref removed, world.Seen.Removed);
                Interlocked.Add(ref finished, world.Seen.Finished);
                Interlocked.Add(ref proposed, world.Speculated.Proposed);
                Interlocked.Add(ref accepted, world.Speculated.Accepted);
            }
        );
        output.WriteLine(
            $"{steps} steps, {finished} finished, {removed} removed, {setBacks} set back, {hits} tokens hit, {accepted} of {proposed} proposed tokens accepted"
        );
        Assert.True(steps >= worlds * StepsAWorld);
        Assert.True(setBacks > worlds && hits > worlds && removed > worlds && finished > worlds, "all cases occur");
        Assert.True(accepted > worlds && proposed - accepted > worlds, "guesses are right and wrong");
    }
}
