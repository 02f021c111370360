using Tandem.Cli.Commands;

namespace Tandem.EndToEnd;

public class BenchWindowTest
{
    [Fact]
    public void Times_are_those_at_which_tokens_were_made_however_late_they_are_read()
    {
        var window = new BenchWindow(sequences: 1, generate: 2);
        Assert.Equal(BenchMoment.Opened, window.Take(0, 3));
        Assert.Equal(BenchMoment.None, window.Take(0, 3.5));
        Assert.Equal(BenchMoment.Closed, window.Take(0, 5));
        Assert.Equal((3, 2, 2), (window.MeanFirstSeconds, window.Seconds, window.Tokens));
    }

    [Fact]
    public void Tokens_that_were_made_before_the_last_sequence_started_are_not_counted_though_they_are_read_later()
    {
        var window = new BenchWindow(sequences: 2, generate: 1);
        Assert.Equal(BenchMoment.None, window.Take(0, 1));
        Assert.Equal(BenchMoment.Opened, window.Take(1, 4));
        Assert.Equal(BenchMoment.None, window.Take(0, 2));
        Assert.Equal(BenchMoment.None, window.Take(0, 3));
        Assert.Equal(BenchMoment.None, window.Take(0, 5));
        Assert.Equal(BenchMoment.Closed, window.Take(1, 6));
        Assert.Equal((4, 2, 2), (window.LastFirstSeconds, window.Seconds, window.Tokens));
    }
}
