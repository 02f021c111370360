using System.Globalization;

namespace Tandem.Serving;

/// <summary>How much memory there is to be had.</summary>
internal static class SystemMemory
{
    // A file of the process file system (proc_pid_limits(5)), and the key of what counts against each limit (proc_pid_status(5)).
    private const string Limits = "/proc/self/limits";
    private const string Status = "/proc/self/status";
    private static readonly (string Limit, string Used)[] s_limits =
    [
        ("Max data size", "VmData:"),
        ("Max address space", "VmSize:"),
    ];

    /// <summary>Bytes that can be allocated without swapping, within the process's own limits.</summary>
    public static long AvailableBytes() => Math.Min(MachineBytes(), ProcessBytes());

    /// <summary>Bytes that the machine, or the container, has left for all processes together.</summary>
    public static long MachineBytes()
    {
        if (!OperatingSystem.IsLinux())
        {
            return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        }
        // The control group knows the limit of a container, the system what others have left of the machine.
        var limit = ControlGroup.FreeBytes() ?? long.MaxValue;
        return Math.Min(
            limit,
            Kibibytes("/proc/meminfo", "MemAvailable:") ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
        );
    }

    /// <summary>Bytes that this process may take beyond what it has, by its resource limits (getrlimit(2)).</summary>
    public static long ProcessBytes()
    {
        if (!OperatingSystem.IsLinux())
        {
            return long.MaxValue;
        }
        var left = long.MaxValue;
        foreach (var (limit, used) in s_limits)
        {
            // The name is followed by the limit that is in force, the one that it may be raised to, and the unit.
            var words = Line(Limits, limit)?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is { Length: > 0 } && long.TryParse(words[0], CultureInfo.InvariantCulture, out var bytes))
            {
                left = Math.Min(left, Math.Max(0, bytes - (Kibibytes(Status, used) ?? 0)));
            }
        }
        return left;
    }

    private static long? Kibibytes(string file, string key)
    {
        var number = Line(file, key)?.Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.TryParse(number, CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes * 1024 : null;
    }

    // What stands behind a key.
    private static string? Line(string file, string key) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..];
}
