using System.Runtime.CompilerServices;
using Tandem.Kernels;

namespace Tandem.Devices;

/// <summary>
/// Cached keys and values of one layer, in pages of 64 positions. Keys lie dimension by dimension, so that one vector
/// holds a dimension of 16 neighbouring positions; values lie position by position. A page's keys and values lie together.
/// </summary>
internal sealed unsafe class KvLayer : Resource
{
    /// <summary>Positions of a page.</summary>
    public const int PageLength = 64;

    private const int ValuePadding = 32;

    private readonly byte* _pages;
    private readonly long _stride;
    private readonly int _elementBytes;

    /// <summary>A layer of so many heads in memory that others lie in as well.</summary>
    /// <param name="pages">Its first page.</param>
    /// <param name="stride">Bytes from a page to the next.</param>
    /// <param name="type">The number format.</param>
    /// <param name="heads">Key and value heads.</param>
    /// <param name="headSize">Dimensions of a head.</param>
    public KvLayer(byte* pages, long stride, CacheType type, int heads, int headSize)
    {
        _pages = pages;
        _stride = stride;
        Type = type;
        Heads = heads;
        HeadSize = headSize;
        ValueStride = Padded(headSize);
        _elementBytes = ElementBytes(type);
    }

    /// <summary>The number format.</summary>
    public CacheType Type { get; }

    /// <summary>Key and value heads.</summary>
    public int Heads { get; }

    /// <summary>Dimensions of a head.</summary>
    public int HeadSize { get; }

    /// <summary>Elements from a position's value to the next.</summary>
    public int ValueStride { get; }

    /// <summary>Bytes of a page of one layer.</summary>
    public static long PageBytes(CacheType type, int heads, int headSize) =>
        (long)heads * (headSize + Padded(headSize)) * PageLength * ElementBytes(type);

    /// <summary>Stores the key and the value of one position of one head.</summary>
    internal void Store(int page, int head, int offset, float* key, float* value)
    {
        var keys = Keys(page, head) + (long)offset * _elementBytes;
        var values = Values(page, head) + (long)offset * ValueStride * _elementBytes;
        for (var d = 0; d < HeadSize; d++)
        {
            StoreElement(keys + (long)d * PageLength * _elementBytes, key[d]);
            StoreElement(values + (long)d * _elementBytes, value[d]);
        }
    }

    /// <summary>Keys of a page and head, [dimension, position].</summary>
    internal byte* Keys(int page, int head) =>
        _pages + page * _stride + (long)head * HeadSize * PageLength * _elementBytes;

    /// <summary>Values of a page and head, [position, <see cref="ValueStride"/>].</summary>
    internal byte* Values(int page, int head) =>
        _pages + page * _stride + ((long)Heads * HeadSize + (long)head * ValueStride) * PageLength * _elementBytes;

    /// <summary>Sixteen elements as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Load(CacheType type, byte* elements, int index) =>
        type switch
        {
            CacheType.F32 => Vector512.Load((float*)elements + index),
            CacheType.BF16 => VectorMath.FromBFloat16(Vector256.Load((ushort*)elements + index)),
            _ => VectorMath.FromHalf(Vector256.Load((ushort*)elements + index)),
        };

    private static int ElementBytes(CacheType type) => type == CacheType.F32 ? sizeof(float) : sizeof(ushort);

    private static int Padded(int headSize) => (headSize + ValuePadding - 1) / ValuePadding * ValuePadding;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreElement(byte* element, float value)
    {
        switch (Type)
        {
            case CacheType.F32:
                *(float*)element = value;
                break;
            case CacheType.BF16:
                *(ushort*)element = VectorMath.ToBFloat16(value);
                break;
            default:
                *(ushort*)element = BitConverter.HalfToUInt16Bits((Half)value);
                break;
        }
    }
}
