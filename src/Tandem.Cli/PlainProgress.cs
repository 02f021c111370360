namespace Tandem.Cli;

/// <summary>Progress in lines, for messages that go to a file: now and then one, with the time that is left.</summary>
/// <param name="title">What is done.</param>
/// <param name="time">Measures.</param>
/// <param name="say">Takes a line.</param>
internal sealed class PlainProgress(string title, TimeProvider time, Action<string> say) : IProgress<double>
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(10);

    private readonly long _start = time.GetTimestamp();
    private TimeSpan _said;

    public void Report(double value)
    {
        var elapsed = time.GetElapsedTime(_start);
        if (elapsed - _said < s_silence || value is <= 0 or >= 1)
        {
            return;
        }
        _said = elapsed;
        var left = elapsed * ((1 - value) / value);
        say(FormattableString.Invariant($"{title}: {value:p0}, about {(long)left.TotalHours}:{left:mm\\:ss} left"));
    }
}
