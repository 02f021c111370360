using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Planning.Profiles;

namespace Tandem.Serving.Profiling;

/// <summary>What the system says of the machine.</summary>
internal static class ThisMachine
{
    private const string Processors = "/proc/cpuinfo";
    private const string Caches = "/sys/devices/system/cpu/cpu0/cache";
    private const string Nodes = "/sys/devices/system/node";

    /// <summary>What a profile that is measured here depends on.</summary>
    public static Fingerprint Fingerprint(KernelChoice kernels) =>
        new(
            Processor(),
            CpuTopology.PhysicalCores().Count,
            KernelSet.Describe(kernels),
            (int)Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9),
            typeof(ThisMachine).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()?.Version ?? "unknown"
        );

    /// <summary>Memory nodes; 1 where the system does not say.</summary>
    public static int MemoryNodes() =>
        Directory.Exists(Nodes) ? Math.Max(1, Directory.GetDirectories(Nodes, "node*").Length) : 1;

    /// <summary>Bytes of the last-level cache; 0 where the system does not say.</summary>
    public static long CacheBytes()
    {
        if (!Directory.Exists(Caches))
        {
            return 0;
        }
        var largest = 0L;
        foreach (var folder in Directory.GetDirectories(Caches, "index*"))
        {
            var file = Path.Combine(folder, "size");
            var size = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
            if (
                size.EndsWith('K')
                && long.TryParse(size[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes)
            )
            {
                largest = Math.Max(largest, kibibytes << 10);
            }
        }
        return largest;
    }

    private static string Processor()
    {
        if (File.Exists(Processors))
        {
            var line = File.ReadLines(Processors)
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
            if (line is not null)
            {
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }
        return RuntimeInformation.ProcessArchitecture.ToString();
    }
}
