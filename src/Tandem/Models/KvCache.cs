using Tandem.Devices;
using Tandem.Memory;

namespace Tandem.Models;

/// <summary>The cached keys and values of a model's layers, in pages whose ids all layers share.</summary>
internal sealed class KvCache
{
    /// <summary>Room for so many pages.</summary>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public KvCache(Arena arena, DecoderShape shape, CacheType type, int pages)
    {
        Pages = pages;
        Layers =
        [
            .. Enumerable
                .Range(0, shape.Layers)
                .Select(_ => new KvLayer(arena, type, pages, shape.KeyValueHeads, shape.HeadSize)),
        ];
    }

    /// <summary>How many pages there are.</summary>
    public int Pages { get; }

    /// <summary>One for each layer.</summary>
    public IReadOnlyList<KvLayer> Layers { get; }

    /// <summary>Bytes of a page over all layers.</summary>
    public static long PageBytes(DecoderShape shape, CacheType type) =>
        shape.Layers * KvLayer.PageBytes(type, shape.KeyValueHeads, shape.HeadSize);
}
