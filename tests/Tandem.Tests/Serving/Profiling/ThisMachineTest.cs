using System.Runtime.Intrinsics.X86;
using Tandem.Serving.Profiling;

namespace Tandem.Tests.Serving.Profiling;

/// <summary>What the system or the processor says of the machine.</summary>
public sealed class ThisMachineTest
{
    [Fact]
    public void Caches_are_told_from_the_smallest_on()
    {
        var caches = ThisMachine.Caches();
        Assert.True(caches.Count > 0 || !X86Base.IsSupported);
        Assert.All(caches, cache => Assert.InRange(cache.Level, 1, 4));
        Assert.All(caches, cache => Assert.InRange(cache.Bytes, 1 << 12, 1L << 40));
        Assert.Equal(caches.OrderBy(cache => cache.Bytes), caches);
    }
}
