namespace Tandem.Serving.Profiling;

/// <summary>Times pieces of work.</summary>
/// <param name="time">The clock.</param>
/// <param name="cancellation">Ends the measuring.</param>
internal sealed class ProbeClock(TimeProvider time, CancellationToken cancellation)
{
    // Undisturbed, each half is measured well within it.
    private static readonly TimeSpan s_half = TimeSpan.FromSeconds(4.5);

    private const int RoundsMin = 3;
    private const int RoundsMax = 40;

    // What is measured for so long has seen more than one turn of whatever disturbs it.
    private static readonly TimeSpan s_long = TimeSpan.FromMilliseconds(8);

    // The compiler looks at what is called often only after a tenth of a second in which nothing new was.
    private static readonly TimeSpan s_compiled = TimeSpan.FromMilliseconds(250);

    // A machine that is disturbed so much makes each round long, and no number of them right.
    private static readonly TimeSpan s_tooLong = TimeSpan.FromMilliseconds(60);

    private readonly long _begin = time.GetTimestamp();

    /// <summary>Whether so much time is gone that what is left is to be measured at fewer points.</summary>
    public bool IsLate => time.GetElapsedTime(_begin) > s_half;

    /// <summary>Whether so much time is gone that nothing is to be measured again.</summary>
    public bool IsOver => time.GetElapsedTime(_begin) > 2 * s_half;

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

    /// <summary>Seconds of the median round, after one that warms up: what a model's own steps take on such a machine, with what disturbs it.</summary>
    public double Median(Action work)
    {
        work();
        var seconds = new List<double>();
        var begin = time.GetTimestamp();
        while (GoesOn(seconds.Count, time.GetElapsedTime(begin)))
        {
            cancellation.ThrowIfCancellationRequested();
            var start = time.GetTimestamp();
            work();
            seconds.Add(time.GetElapsedTime(start).TotalSeconds);
        }
        seconds.Sort();
        return seconds[seconds.Count / 2];
    }

    private static bool GoesOn(int rounds, TimeSpan elapsed) =>
        rounds == 0 || (rounds < RoundsMin && elapsed < s_tooLong) || (rounds < RoundsMax && elapsed < s_long);
}
