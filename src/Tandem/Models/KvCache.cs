using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>The cached keys and values of a worker's layers and heads, in pages whose ids all workers share.</summary>
/// <remarks>
/// A page of all layers lies together. The system clears memory when it is first written, and large pages take long: were each layer's
/// pages by themselves, every layer would come to new memory in the same step.
/// </remarks>
internal sealed unsafe class KvCache
{
    /// <summary>Room for so many pages.</summary>
    /// <param name="arena">Where they lie.</param>
    /// <param name="shape">What kind of decoder it is.</param>
    /// <param name="slice">The layers and heads.</param>
    /// <param name="kernel">Attends to them.</param>
    /// <param name="pages">How many.</param>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public KvCache(Arena arena, DecoderShape shape, ModelSlice slice, AttentionKernel kernel, int pages)
    {
        Pages = pages;
        var type = kernel.Page.Type;
        var (heads, stride) = (slice.Own.KeyValueHeads.Count, PageBytes(shape, slice, type));
        // Not cleared: the system gives memory page by page as positions come, and what no position wrote is never read into a
        // result.
        var memory = (byte*)arena.Allocate(pages * stride);
        Layers =
        [
            .. Enumerable
                .Range(0, slice.Layers.Count)
                .Select(layer => new KvLayer(
                    memory + layer * KvLayer.PageBytes(type, heads, shape.HeadSize),
                    stride,
                    kernel
                )),
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
