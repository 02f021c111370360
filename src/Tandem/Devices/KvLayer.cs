using Tandem.Kernels;

namespace Tandem.Devices;

/// <summary>Cached keys and values of one layer, in pages of 64 positions. A page's keys and values lie together.</summary>
internal sealed unsafe class KvLayer : Resource
{
    /// <summary>Positions of a page.</summary>
    public const int PageLength = KvPage.Length;

    private readonly byte* _pages;
    private readonly long _stride;

    /// <summary>A layer in memory that others lie in as well.</summary>
    /// <param name="pages">Its first page.</param>
    /// <param name="stride">Bytes from a page to the next.</param>
    /// <param name="kernel">Attends to it, and says how a head's part of a page lies.</param>
    public KvLayer(byte* pages, long stride, AttentionKernel kernel)
    {
        _pages = pages;
        _stride = stride;
        Kernel = kernel;
    }

    /// <summary>Attends to it.</summary>
    public AttentionKernel Kernel { get; }

    /// <summary>Bytes of a page of one layer.</summary>
    public static long PageBytes(CacheType type, int heads, int headSize)
    {
        var page = new KvPage(type, headSize);
        return (long)heads * (page.KeyBytes + page.ValueBytes);
    }

    /// <summary>Stores the key and the value of one position of one head.</summary>
    internal void Store(int page, int head, int position, float* key, float* value) =>
        Kernel.Page.Store(Keys(page, head), Values(page, head), position, key, value);

    /// <summary>Keys of a page and head.</summary>
    internal byte* Keys(int page, int head) =>
        _pages + page * _stride + (long)head * (Kernel.Page.KeyBytes + Kernel.Page.ValueBytes);

    /// <summary>Values of a page and head.</summary>
    internal byte* Values(int page, int head) => Keys(page, head) + Kernel.Page.KeyBytes;
}
