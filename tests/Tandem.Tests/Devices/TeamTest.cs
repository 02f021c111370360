using Tandem.Devices;

namespace Tandem.Tests.Devices;

public sealed class TeamTest
{
    [Fact]
    public void Waiting_for_the_last_of_a_step_counts()
    {
        using var time = new WaitedForTime();
        using var team = new Team(2, [], time);
        team.Run(member =>
        {
            if (member == 1)
            {
                // Looking at the clock, the first member has begun to wait.
                time.Asked.Wait(TestContext.Current.CancellationToken);
            }
        });
        Assert.True(team.WaitSeconds > 0);
    }

    [Fact]
    public void Alone_nobody_waits()
    {
        using var team = new Team(1, [], TimeProvider.System);
        team.Run(_ => team.Meet(0));
        Assert.Equal(0, team.WaitSeconds);
    }

    private sealed class WaitedForTime : TimeProvider, IDisposable
    {
        private long _ticks;

        public ManualResetEventSlim Asked { get; } = new();

        public override long GetTimestamp()
        {
            Asked.Set();
            return Interlocked.Increment(ref _ticks);
        }

        public void Dispose() => Asked.Dispose();
    }
}
