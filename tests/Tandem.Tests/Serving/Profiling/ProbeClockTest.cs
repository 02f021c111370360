using Tandem.Serving.Profiling;

namespace Tandem.Tests.Serving.Profiling;

public class ProbeClockTest
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_disturbance_falls_on_few_rounds_of_each_piece_of_work()
    {
        var clock = new ProbeClock(_time, TestContext.Current.CancellationToken);

        var seconds = clock.SecondsOfEach([.. new[] { 1, 2 }.Select(one => (Action)(() => Work(one)))]);

        Assert.Equal([0.001, 0.002], seconds);
    }

    [Fact]
    public void Rounds_that_were_disturbed_are_made_up_for()
    {
        var clock = new ProbeClock(_time, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromMilliseconds(50));

        // Counted by time gone, the disturbed rounds at the beginning would leave none for the others.
        Assert.Equal(0.001, clock.Seconds(() => Work(1)));
    }

    [Fact]
    public void What_disturbs_some_rounds_a_little_counts_and_what_interrupts_them_does_not()
    {
        var clock = new ProbeClock(_time, TestContext.Current.CancellationToken);
        var rounds = 0;

        // In turn 1, 1, 1, 1.5 and 3 ms.
        var seconds = clock.Seconds(() =>
        {
            double[] milliseconds = [1, 1, 1, 1.5, 3];
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds[rounds++ % milliseconds.Length]));
        });

        Assert.InRange(seconds, 0.0011, 0.00115);
    }

    [Fact]
    public void Work_that_takes_long_each_time_is_not_done_for_ever()
    {
        var clock = new ProbeClock(_time, TestContext.Current.CancellationToken);
        var rounds = 0;

        clock.Seconds(() =>
        {
            rounds++;
            Work(1_000);
        });

        Assert.Equal(2, rounds); // one of them warms up
    }

    // Everything takes ten times as long between the 14th and the 100th millisecond.
    private void Work(int milliseconds)
    {
        var isDisturbed = _time.GetElapsedTime(0).TotalMilliseconds is >= 14 and < 100;
        _time.Advance(TimeSpan.FromMilliseconds(isDisturbed ? 10 * milliseconds : milliseconds));
    }
}
