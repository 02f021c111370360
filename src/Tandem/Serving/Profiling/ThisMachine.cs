using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
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

    /// <summary>The caches of the first core's data, the smallest first; none where neither the system nor the processor says.</summary>
    public static IReadOnlyList<CacheSize> Caches()
    {
        if (!Directory.Exists(CacheFolders))
        {
            return X86Base.IsSupported ? CachesOfProcessor() : [];
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

    // What the instruction CPUID tells: of one maker's processors all at once, of the others' a cache a subleaf, until there are no more.
    private static List<CacheSize> CachesOfProcessor()
    {
        const int Amd = 0x68747541; // the first letters of its maker's name
        const int Instructions = 2;
        if (X86Base.CpuId(0, 0).Ebx == Amd)
        {
            var first = (uint)X86Base.CpuId(unchecked((int)0x80000005), 0).Ecx >> 24;
            var others = X86Base.CpuId(unchecked((int)0x80000006), 0);
            CacheSize[] known =
            [
                new(1, (long)first << 10),
                new(2, (long)((uint)others.Ecx >> 16) << 10),
                new(3, (long)((uint)others.Edx >> 18) << 19),
            ];
            return [.. known.Where(cache => cache.Bytes > 0)];
        }
        var caches = new List<CacheSize>();
        for (var i = 0; X86Base.CpuId(4, i) is var cache && (cache.Eax & 31) is not 0 and var kind; i++)
        {
            if (kind != Instructions)
            {
                var line = (cache.Ebx & 0xFFF) + 1L;
                var (partitions, ways) = (((cache.Ebx >> 12) & 0x3FF) + 1, ((cache.Ebx >> 22) & 0x3FF) + 1);
                caches.Add(new CacheSize((cache.Eax >> 5) & 7, line * partitions * ways * ((uint)cache.Ecx + 1)));
            }
        }
        return caches;
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
