using Tandem.Devices;
using Tandem.Memory;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>The cached keys and values of a worker's layers and heads, in pages whose ids all workers share.</summary>
internal sealed class KvCache
{
    /// <summary>Room for so many pages.</summary>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public KvCache(Arena arena, DecoderShape shape, ModelSlice slice, CacheType type, int pages)
    {
        Pages = pages;
        Layers =
        [
            .. Enumerable
                .Range(0, slice.Layers.Count)
                .Select(_ => new KvLayer(arena, type, pages, slice.Own.KeyValueHeads.Count, shape.HeadSize)),
        ];
    }

    /// <summary>How many pages there are.</summary>
    public int Pages { get; }

    /// <summary>One for each layer of the slice.</summary>
    public IReadOnlyList<KvLayer> Layers { get; }

    /// <summary>Bytes of a page over all layers and heads of a slice.</summary>
    public static long PageBytes(DecoderShape shape, ModelSlice slice, CacheType type) =>
        slice.Layers.Count * KvLayer.PageBytes(type, slice.Own.KeyValueHeads.Count, shape.HeadSize);
}
