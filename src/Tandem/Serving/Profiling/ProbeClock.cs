namespace Tandem.Serving.Profiling;

/// <summary>Times pieces of work.</summary>
/// <param name="time">The clock.</param>
/// <param name="cancellation">Ends the measuring.</param>
internal sealed class ProbeClock(TimeProvider time, CancellationToken cancellation)
{
    private const int RoundsMin = 3;
    private const int RoundsMax = 40;

    // What is measured for so long has seen more than one turn of whatever disturbs it.
    private static readonly TimeSpan s_long = TimeSpan.FromMilliseconds(20);

    // The compiler looks at what is called often only after a tenth of a second in which nothing new was.
    private static readonly TimeSpan s_compiled = TimeSpan.FromMilliseconds(400);

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Does something for so long that it is compiled to its best.</summary>
    public void WarmUp(Action work)
    {
        var begin = time.GetTimestamp();
        while (time.GetElapsedTime(begin) < s_compiled)
        {
            cancellation.ThrowIfCancellationRequested();
            work();
        }
    }

    /// <summary>
    /// Seconds of the round that a quarter of all are as fast as, after one that warms up: slower ones were disturbed, and the
    /// fastest was lucky.
    /// </summary>
    public double Quartile(Action work)
    {
        work();
        var seconds = new List<double>();
        var begin = time.GetTimestamp();
        while (seconds.Count < RoundsMin || (seconds.Count < RoundsMax && time.GetElapsedTime(begin) < s_long))
        {
            cancellation.ThrowIfCancellationRequested();
            var start = time.GetTimestamp();
            work();
            seconds.Add(time.GetElapsedTime(start).TotalSeconds);
        }
        seconds.Sort();
        return seconds[seconds.Count / 4];
    }
}
