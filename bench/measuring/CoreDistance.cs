using System.Diagnostics;
using Tandem.Devices;

namespace Tandem.Bench.Measuring;

/// <summary>How far the first two cores are from each other. A host may move the cores of a virtual machine behind one cache, or behind two.</summary>
public static class CoreDistance
{
    private const int WarmUpRounds = 20_000;
    private const int Rounds = 20_000;
    private const int CacheLineInts = 32;

    /// <summary>Nanoseconds that a cache line takes from one core to the other and back; 0 where there is one core.</summary>
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
        var asking = new Thread(() => nanoseconds = Ask(cores[0], line));
        asking.Start();
        asking.Join();
        other.Join();
        return nanoseconds;
    }

    private static double Ask(int core, int[] line)
    {
        CpuTopology.Pin(core);
        var start = 0L;
        for (var round = 0; round < WarmUpRounds + Rounds; round++)
        {
            start = round == WarmUpRounds ? Stopwatch.GetTimestamp() : start;
            Volatile.Write(ref line[CacheLineInts], 2 * round + 1);
            while (Volatile.Read(ref line[CacheLineInts]) != 2 * round + 2) { }
        }
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Rounds;
    }

    private static void Answer(int core, int[] line)
    {
        CpuTopology.Pin(core);
        for (var round = 0; round < WarmUpRounds + Rounds; round++)
        {
            while (Volatile.Read(ref line[CacheLineInts]) != 2 * round + 1) { }
            Volatile.Write(ref line[CacheLineInts], 2 * round + 2);
        }
    }
}
