using System.Globalization;
using System.Runtime.InteropServices;

namespace Tandem.Devices;

/// <summary>Which processors this process may use, and how to keep a thread on one of them.</summary>
public static unsafe partial class CpuTopology
{
    private const int MaskWords = 16;

    // Read once: a thread that is kept on a core would find itself allowed no other.
    private static readonly Lazy<IReadOnlyList<int>> Cores = new(FindCores);

    /// <summary>
    /// One logical processor for each physical core that the process's affinity allowed when this was first asked, at most
    /// as many as its cgroup's quota pays for. Never empty.
    /// </summary>
    public static IReadOnlyList<int> PhysicalCores() => Cores.Value;

    /// <summary>Keeps the calling thread on one processor; where the system refuses, it stays free.</summary>
    public static void Pin(int cpu)
    {
        if (!OperatingSystem.IsLinux() || cpu >= MaskWords * 64)
        {
            return;
        }
        _ = PhysicalCores();
        var mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        mask[cpu / 64] = 1UL << (cpu % 64);
        // A refusal costs speed only.
        _ = SetAffinity(0, MaskWords * sizeof(ulong), mask);
    }

    private static List<int> FindCores()
    {
        var cores = new List<int>();
        var taken = new HashSet<int>();
        foreach (var cpu in AllowedCpus())
        {
            if (taken.Contains(cpu))
            {
                continue;
            }
            cores.Add(cpu);
            taken.UnionWith(Siblings(cpu));
        }
        // The runtime's own count knows affinity and quota both.
        return [.. cores.Take(Math.Max(1, Environment.ProcessorCount))];
    }

    private static IEnumerable<int> AllowedCpus()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Enumerable.Range(0, Environment.ProcessorCount);
        }
        var mask = new ulong[MaskWords];
        fixed (ulong* words = mask)
        {
            if (GetAffinity(0, MaskWords * sizeof(ulong), words) < 0)
            {
                return Enumerable.Range(0, Environment.ProcessorCount);
            }
        }
        return Enumerable.Range(0, MaskWords * 64).Where(cpu => (mask[cpu / 64] >> (cpu % 64) & 1) != 0);
    }

    // The list is written like "0,8" or "0-1".
    private static IEnumerable<int> Siblings(int cpu)
    {
        var file = $"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list";
        if (!File.Exists(file))
        {
            return [cpu];
        }
        return File.ReadAllText(file)
            .Trim()
            .Split(',')
            .SelectMany(range =>
            {
                var ends = range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
                return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
            });
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint bytes, ulong* mask);
}
