namespace Tandem.Bench.Measuring;

/// <summary>Times work; the best of several is what the machine does when nobody disturbs it.</summary>
public sealed class Stopclock(TimeProvider time, int repeats)
{
    /// <summary>Seconds of the fastest run, after one that warms up.</summary>
    public double BestOf(Action work)
    {
        work();
        var best = double.MaxValue;
        for (var i = 0; i < repeats; i++)
        {
            var start = time.GetTimestamp();
            work();
            best = Math.Min(best, time.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
