using System.Runtime.InteropServices;

namespace Tandem.Bench.Measuring;

/// <summary>Threads that come before all others on their cores, whatever computes there. On Linux, for who may.</summary>
public static partial class RealTimePriority
{
    // SCHED_FIFO.
    private const int FirstInFirstOut = 1;

    /// <summary>Gives the calling thread the least such priority; false where the system does not allow it, with its error set.</summary>
    public static bool TryTake()
    {
        var priority = 1;
        return SetScheduler(0, FirstInFirstOut, ref priority) == 0;
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int thread, int policy, ref int priority);
}
