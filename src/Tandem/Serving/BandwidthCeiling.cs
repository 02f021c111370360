using Tandem.Devices;
using Tandem.Memory;

namespace Tandem.Serving;

/// <summary>How fast this machine's cores read memory: what generating a token, which reads every weight, can at best reach.</summary>
public static unsafe class BandwidthCeiling
{
    // Many times the last-level cache, so that nothing is found there from the round before.
    private const int Tiles = 128;
    private const int Rounds = 9;

    // A machine that is disturbed so much is not measured better by more rounds.
    private static readonly TimeSpan s_enough = TimeSpan.FromMilliseconds(600);

    /// <summary>The best of several rounds of reading 512 MiB, in 10⁹ bytes a second: a slower one was disturbed.</summary>
    /// <param name="threads">How many cores read together; null for every physical one that the process may.</param>
    /// <param name="time">Measures.</param>
    /// <exception cref="InputException">There is no memory for it.</exception>
    public static double MeasureGBs(int? threads, TimeProvider time)
    {
        const long Bytes = (long)Tiles * Devices.Operations.ReadMemoryOperation.TileBytes;
        var cores = CpuTopology.PhysicalCores();
        var arena = new Arena("the bandwidth measurement", 2 * Bytes);
        using var device = new CpuDevice(arena, threads ?? cores.Count, cores, 1, time);
        var memory = device.Arena.AllocateResident(Bytes);
        var (best, begin) = (0.0, time.GetTimestamp());
        for (var round = -1; round < Rounds && (round < 1 || time.GetElapsedTime(begin) < s_enough); round++)
        {
            var start = time.GetTimestamp();
            device.ReadMemory(memory, Tiles);
            device.Wait();
            // The first round warms up.
            if (round >= 0)
            {
                best = Math.Max(best, Bytes / time.GetElapsedTime(start).TotalSeconds / 1e9);
            }
        }
        return best;
    }
}
