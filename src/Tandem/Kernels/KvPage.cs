using System.Runtime.CompilerServices;

namespace Tandem.Kernels;

/// <summary>
/// How the keys and the values of one head lie that a page of the cache has. Keys lie dimension by dimension, so that one vector
/// holds a dimension of neighbouring positions; values lie position by position.
/// </summary>
/// <param name="type">The number format.</param>
/// <param name="headSize">Dimensions of a head.</param>
internal sealed unsafe class KvPage(CacheType type, int headSize)
{
    /// <summary>Positions of a page.</summary>
    public const int Length = 64;

    private const int ValuePadding = 32;

    /// <summary>The number format.</summary>
    public CacheType Type => type;

    /// <summary>Dimensions of a head.</summary>
    public int HeadSize => headSize;

    /// <summary>Elements from a position's value to the next; a multiple of 32.</summary>
    public int ValueStride { get; } = (headSize + ValuePadding - 1) / ValuePadding * ValuePadding;

    /// <summary>Bytes of an element.</summary>
    public int ElementBytes { get; } = type == CacheType.F32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Bytes of the keys, [dimension, position].</summary>
    public int KeyBytes => HeadSize * Length * ElementBytes;

    /// <summary>Bytes of the values, [position, <see cref="ValueStride"/>].</summary>
    public int ValueBytes => ValueStride * Length * ElementBytes;

    /// <summary>Stores the key and the value of a position of the page.</summary>
    public void Store(byte* keys, byte* values, int position, float* key, float* value)
    {
        keys += position * ElementBytes;
        values += position * ValueStride * ElementBytes;
        for (var d = 0; d < headSize; d++)
        {
            StoreElement(keys + d * Length * ElementBytes, key[d]);
            StoreElement(values + d * ElementBytes, value[d]);
        }
    }

    /// <summary>Widens elements to floats; a multiple of 16.</summary>
    public void Widen(byte* elements, float* wide, int count)
    {
        for (var i = 0; i < count; i += Vector512<float>.Count)
        {
            Load(type, elements, i).Store(wide + i);
        }
    }

    /// <summary>Sixteen elements as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(CacheType type, byte* elements, int index) =>
        type switch
        {
            CacheType.F32 => Vector512.Load((float*)elements + index),
            CacheType.BF16 => VectorMath.FromBFloat16(Vector256.Load((ushort*)elements + index)),
            _ => VectorMath.FromHalf(Vector256.Load((ushort*)elements + index)),
        };

    private void StoreElement(byte* element, float value)
    {
        switch (type)
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
