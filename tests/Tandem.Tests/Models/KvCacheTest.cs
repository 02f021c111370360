using Tandem.Kernels;
using Tandem.Loading;
using Tandem.Memory;
using Tandem.Models;
using Tandem.Models.Architectures;
using Tandem.Planning;
using Tandem.Plans;
using Tandem.Tests.Loading;

namespace Tandem.Tests.Models;

/// <summary>How cached keys and values lie in memory.</summary>
public sealed unsafe class KvCacheTest : IDisposable
{
    private const int Pages = 3;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(CacheType.F16)]
    [InlineData(CacheType.F32)]
    [InlineData(CacheType.Q8_0)]
    public void A_page_of_all_layers_lies_together_and_no_two_keys_or_values_overlap(CacheType type)
    {
        using var file = WeightFile.Open(TinyModel.Write(_folder.Path, "llama", "Q4_0", 1));
        var shape = Architecture.Read(file.Header);
        var limits = new PlanLimits(64, 8, type, KernelChoice.Portable, false);
        var plan = PlanMaker.Make(file.Header, shape, PlanRequest.Parse("tp=2"), [0, 1], limits);
        var slice = plan.Workers.First().Slice;
        var pageBytes = KvCache.PageBytes(shape, slice, type);
        using var arena = new Arena("test", long.MaxValue);
        var cache = new KvCache(arena, shape, slice, new PortableAttention(new KvPage(type, shape.HeadSize)), Pages);
        Assert.Equal(Pages * pageBytes, arena.AllocatedBytes);

        var first = cache.Layers[0].Keys(0, 0);
        var headBytes = pageBytes / shape.Layers / slice.Own.KeyValueHeads.Count / 2;
        var taken = new HashSet<long>();
        for (var page = 0; page < Pages; page++)
        {
            foreach (var layer in cache.Layers)
            {
                for (var head = 0; head < slice.Own.KeyValueHeads.Count; head++)
                {
                    foreach (var place in (long[])[layer.Keys(page, head) - first, layer.Values(page, head) - first])
                    {
                        Assert.Equal(page, place / pageBytes);
                        Assert.Equal(0, place % headBytes);
                        Assert.True(taken.Add(place));
                    }
                }
            }
        }
        Assert.Equal(Pages * pageBytes, taken.Count * headBytes);
    }

    public void Dispose() => _folder.Dispose();
}
