using System.Diagnostics;
using Tandem.Devices;

namespace Tandem.Bench.Measuring;

/// <summary>How far the first two cores are from each other. A host may move the cores of a virtual machine behind one cache, or behind two.</summary>
public static class CoreDistance
{
    private const int Pieces = 12;
    private const int RoundsAPiece = 500;
    private const int CacheLineInts = 32;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// Nanoseconds that a cache line takes from one core to the other and back, a few milliseconds' measurement; 0 where there is one core. What
    /// else runs on the cores only ever makes a piece longer, so the shortest one counts.
    /// </summary>
    public static double Nanoseconds()
    {
        var cores = CpuTopology.PhysicalCores();
        if (cores.Count < 2)
        {
            return 0;
        }
        var line = new int[2 * CacheLineInts];
        var other = new Thread(() => Answer(cores[1], line));
        other.Start();
        var nanoseconds = 0.0;
        var asking = new Thread(() => nanoseconds = Exchange(cores[0], line));
        asking.Start();
        asking.Join();
        other.Join();
        return nanoseconds;
    }

    /// <summary>Runs something, and asks twice a second meanwhile and once behind it.</summary>
    /// <returns>What it gives, and the nanoseconds in the order of asking, each with the seconds since the beginning.</returns>
    public static (T Result, IReadOnlyList<(double AtSeconds, double Nanoseconds)> Seen) During<T>(Func<T> run)
    {
        var seen = new List<(double, double)>();
        var start = Stopwatch.GetTimestamp();
        void Ask() => seen.Add((Stopwatch.GetElapsedTime(start).TotalSeconds, Nanoseconds()));
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

    private static double Exchange(int core, int[] line)
    {
        CpuTopology.Pin(core);
        var shortest = double.MaxValue;
        var round = 0;
        for (var piece = 0; piece < Pieces; piece++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var end = round + RoundsAPiece; round < end; round++)
            {
                Volatile.Write(ref line[CacheLineInts], 2 * round + 1);
                while (Volatile.Read(ref line[CacheLineInts]) != 2 * round + 2) { }
            }
            shortest = Math.Min(shortest, Stopwatch.GetElapsedTime(start).TotalNanoseconds / RoundsAPiece);
        }
        return shortest;
    }

    private static void Answer(int core, int[] line)
    {
        CpuTopology.Pin(core);
        for (var round = 0; round < Pieces * RoundsAPiece; round++)
        {
            while (Volatile.Read(ref line[CacheLineInts]) != 2 * round + 1) { }
            Volatile.Write(ref line[CacheLineInts], 2 * round + 2);
        }
    }
}
