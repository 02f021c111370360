using System.Globalization;
using Tandem.Memory;

namespace Tandem.Tests.Memory;

/// <summary>What of an arena's memory the system has given.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed unsafe class ResidentMemoryTest
{
    [Fact]
    public void Zeroed_memory_is_resident_only_where_it_is_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the system's own account of memory is read");
        const long Bytes = 256 << 20;
        const long LargePageBytes = 2 << 20;
        using var arena = new Arena("a test", 2 * Bytes);
        var before = ResidentBytes();
        var zeroed = arena.AllocateZeroed<byte>(Bytes);
        // As a step of few rows writes a part of each of its buffers.
        for (var at = 0L; at < Bytes; at += LargePageBytes)
        {
            zeroed[at] = 1;
        }
        Assert.InRange(ResidentBytes() - before, 0, Bytes / 2);
        _ = arena.AllocateResident(Bytes);
        Assert.InRange(ResidentBytes() - before, Bytes / 2, long.MaxValue);
    }

    private static long ResidentBytes()
    {
        var pages = File.ReadAllText("/proc/self/statm").Split(' ')[1];
        return long.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }
}
