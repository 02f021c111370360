using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Models.Architectures;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>The memory that a model needs, computed from its header alone.</summary>
/// <param name="WeightBytes">All weights.</param>
/// <param name="CacheBytesPerToken">Keys and values of one position over all layers.</param>
/// <param name="Context">Positions that <see cref="CacheBytes"/> is for.</param>
/// <param name="CacheBytes">Keys and values of one whole context.</param>
/// <param name="AvailableBytes">What the system can give now.</param>
public sealed record MemoryNeeds(
    long WeightBytes,
    long CacheBytesPerToken,
    int Context,
    long CacheBytes,
    long AvailableBytes
)
{
    /// <summary>Weights and one context.</summary>
    public long TotalBytes => WeightBytes + CacheBytes;

    /// <summary>What the model of a header needs.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="context">Positions of a sequence; null for as many as the model was trained for.</param>
    /// <param name="cacheType">The number format of cached keys and values.</param>
    /// <exception cref="InputException">The architecture is unknown, or the header contradicts itself.</exception>
    public static MemoryNeeds Of(ModelHeader header, int? context = null, CacheType cacheType = CacheType.F16)
    {
        var shape = Architecture.Read(header, context ?? 0);
        var positions = context ?? shape.Context;
        var pages = (positions - 1L) / KvLayer.PageLength + 1;
        var pageBytes = shape.Layers * KvLayer.PageBytes(cacheType, shape.KeyValueHeads, shape.HeadSize);
        return new MemoryNeeds(
            header.TensorBytes,
            pageBytes / KvLayer.PageLength,
            positions,
            pages * pageBytes,
            SystemMemory.AvailableBytes()
        );
    }
}
