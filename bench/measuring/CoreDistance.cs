using System.Diagnostics;
using Tandem.Devices;

namespace Tandem.Bench.Measuring;

/// <summary>How far the first two cores are from each other. A host may move the cores of a virtual machine behind one cache, or behind two.</summary>
public static class CoreDistance
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.5);

    /// <summary>Nanoseconds that a cache line takes from one core to the other and back; 0 where there is one core.</summary>
    public static double Nanoseconds()
    {
        using var pair = Pair();
        return pair?.Nanoseconds() ?? 0;
    }

    /// <summary>Runs something, and asks twice a second meanwhile and once behind it, for a third of a millisecond at most each time.</summary>
    /// <returns>What it gives, and the nanoseconds in the order of asking, each with the seconds since the beginning.</returns>
    public static (T Result, IReadOnlyList<(double AtSeconds, double Nanoseconds)> Seen) During<T>(Func<T> run)
    {
        using var pair = Pair();
        var seen = new List<(double, double)>();
        var start = Stopwatch.GetTimestamp();
        void Ask() => seen.Add((Stopwatch.GetElapsedTime(start).TotalSeconds, pair?.Nanoseconds() ?? 0));
        using var ended = new ManualResetEventSlim();
        var watching = new Thread(() =>
        {
            while (!ended.Wait(s_interval))
            {
                Ask();
            }
        });
        watching.Start();
        T result;
        try
        {
            result = run();
        }
        finally
        {
            ended.Set();
            watching.Join();
        }
        Ask();
        return (result, seen);
    }

    private static CorePair? Pair() =>
        CpuTopology.PhysicalCores() is [var first, var second, ..] ? new CorePair(first, second) : null;
}
