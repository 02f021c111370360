using System.Globalization;

namespace Tandem.Serving;

/// <summary>
/// The memory that Linux grants a container: what the process's control group, and each one above it, may take beyond what it
/// holds (<c>Documentation/admin-guide/cgroup-v2.rst</c> and <c>cgroup-v1/memory.rst</c> of the kernel). The runtime's own
/// figure is three quarters of the limit, which is meant for its heap and not for weights.
/// </summary>
internal static class ControlGroup
{
    private static readonly Files VersionOne = new(
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file "
    );
    private static readonly Files VersionTwo = new("memory.max", "memory.current", "inactive_file ");

    /// <summary>Bytes that the process may still take; null where nothing limits it.</summary>
    /// <param name="membership">The process's groups, a line each: number, controllers, path.</param>
    /// <param name="mount">Where the groups are mounted.</param>
    public static long? FreeBytes(string membership = "/proc/self/cgroup", string mount = "/sys/fs/cgroup")
    {
        if (!File.Exists(membership))
        {
            return null;
        }
        long? least = null;
        foreach (var line in File.ReadLines(membership))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path])
            {
                continue;
            }
            var free =
                controllers.Length == 0 ? FreeBytes(mount, path, VersionTwo)
                : controllers.Split(',').Contains("memory") ? FreeBytes(Path.Combine(mount, "memory"), path, VersionOne)
                : null;
            least = least is { } known && !(free < known) ? known : free;
        }
        return least;
    }

    // Within a container the path may be one that only the host sees: then the group itself is mounted as the root.
    private static long? FreeBytes(string root, string path, Files files)
    {
        long? least = null;
        for (var group = path.Trim('/'); ; group = Path.GetDirectoryName(group) ?? "")
        {
            var free = FreeBytesOf(Path.Combine(root, group), files);
            least = least is { } known && !(free < known) ? known : free;
            if (group.Length == 0)
            {
                return least;
            }
        }
    }

    private static long? FreeBytesOf(string folder, Files files)
    {
        var (limitFile, usageFile) = (Path.Combine(folder, files.Limit), Path.Combine(folder, files.Usage));
        // "max" stands for no limit, and so does a number near the largest in version 1.
        if (!File.Exists(limitFile) || !File.Exists(usageFile) || Number(File.ReadAllText(limitFile)) is not { } limit)
        {
            return null;
        }
        var used = Number(File.ReadAllText(usageFile)) ?? 0;
        var stat = Path.Combine(folder, "memory.stat");
        var cached = File.Exists(stat)
            ? File.ReadLines(stat).FirstOrDefault(line => line.StartsWith(files.CacheKey, StringComparison.Ordinal))
            : null;
        // The kernel gives up pages of files that nobody has read lately before it refuses memory.
        var reclaimable = Number(cached?[files.CacheKey.Length..]) ?? 0;
        return Math.Max(0, limit - used + reclaimable);
    }

    private static long? Number(string? text) =>
        long.TryParse(text?.Trim(), CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed record Files(string Limit, string Usage, string CacheKey);
}
