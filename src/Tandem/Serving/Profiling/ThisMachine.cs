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
    private const string CacheFolders = "/sys/devices/system/cpu/cpu0/cache";
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

    /// <summary>The caches of the first core's data, the smallest first; none where the system does not say.</summary>
    public static IReadOnlyList<CacheSize> Caches()
    {
        if (!Directory.Exists(CacheFolders))
        {
            return [];
        }
        var caches = new List<CacheSize>();
        foreach (var folder in Directory.GetDirectories(CacheFolders, "index*"))
        {
            string Text(string name)
            {
                var file = Path.Combine(folder, name);
                return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
            }
            var size = Text("size");
            if (
                Text("type") != "Instruction"
                && int.TryParse(Text("level"), NumberStyles.None, CultureInfo.InvariantCulture, out var level)
                && size.EndsWith('K')
                && long.TryParse(size[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes)
            )
            {
                caches.Add(new CacheSize(level, kibibytes << 10));
            }
        }
        return [.. caches.OrderBy(cache => cache.Level)];
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
