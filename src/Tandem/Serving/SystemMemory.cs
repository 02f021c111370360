using System.Globalization;

namespace Tandem.Serving;

/// <summary>How much memory the system can give.</summary>
internal static class SystemMemory
{
    private const string LinuxFile = "/proc/meminfo";
    private const string LinuxKey = "MemAvailable:";

    /// <summary>Bytes that can be allocated without swapping, within the process's own limit.</summary>
    public static long AvailableBytes()
    {
        if (!OperatingSystem.IsLinux())
        {
            return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        }
        // The control group knows the limit of a container, the system what others have left of the machine.
        var limit = ControlGroup.FreeBytes() ?? long.MaxValue;
        var line = File.ReadLines(LinuxFile)
            .FirstOrDefault(line => line.StartsWith(LinuxKey, StringComparison.Ordinal));
        var kibibytes = line?[LinuxKey.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.TryParse(kibibytes, CultureInfo.InvariantCulture, out var free)
            ? Math.Min(limit, free * 1024)
            : Math.Min(limit, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }
}
