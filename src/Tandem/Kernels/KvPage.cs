using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Tandem.Kernels;

/// <summary>
/// How the keys and the values of one head lie that a page of the cache has. Keys lie dimension by dimension, so that one vector
/// holds a dimension of neighbouring positions; values lie position by position. Where numbers have scales, one for each
/// <see cref="BlockColumns"/> dimensions of a position, these lie behind all numbers, [block, position].
/// </summary>
/// <param name="type">The number format.</param>
/// <param name="headSize">Dimensions of a head.</param>
internal sealed unsafe class KvPage(CacheType type, int headSize)
{
    /// <summary>Positions of a page.</summary>
    public const int Length = 64;

    /// <summary>Dimensions that share a scale.</summary>
    public const int BlockColumns = 32;

    private const int Lanes = 16;
    private const float NumberMax = 127;

    /// <summary>The number format.</summary>
    public CacheType Type => type;

    /// <summary>Dimensions of a head.</summary>
    public int HeadSize => headSize;

    /// <summary>Elements from a position's value to the next: whole blocks.</summary>
    public int ValueStride => Blocks * BlockColumns;

    /// <summary>Bytes of an element.</summary>
    public int ElementBytes { get; } =
        type switch
        {
            CacheType.F32 => sizeof(float),
            CacheType.Q8_0 => sizeof(sbyte),
            _ => sizeof(ushort),
        };

    /// <summary>Blocks of a head.</summary>
    public int Blocks { get; } = (headSize + BlockColumns - 1) / BlockColumns;

    /// <summary>Whether numbers have scales.</summary>
    public bool HasScales => type == CacheType.Q8_0;

    /// <summary>Bytes from the first key to the first scale.</summary>
    public int KeyScales => HeadSize * Length * ElementBytes;

    /// <summary>Bytes from the first value to the first scale.</summary>
    public int ValueScales => ValueStride * Length * ElementBytes;

    /// <summary>Bytes of the scales of the keys; those of the values have as many.</summary>
    public int ScaleBytes => HasScales ? Blocks * Length * sizeof(ushort) : 0;

    /// <summary>Bytes of the keys, [dimension, position].</summary>
    public int KeyBytes => KeyScales + ScaleBytes;

    /// <summary>Bytes of the values, [position, <see cref="ValueStride"/>].</summary>
    public int ValueBytes => ValueScales + ScaleBytes;

    /// <summary>Stores the key and the value of a position of the page.</summary>
    public void Store(byte* keys, byte* values, int position, float* key, float* value)
    {
        var firstKey = keys + position * ElementBytes;
        var firstValue = values + position * ValueStride * ElementBytes;
        for (var d = 0; d < headSize; d += BlockColumns)
        {
            var count = Math.Min(BlockColumns, headSize - d);
            var keyScale = Scale(keys + KeyScales, d, position);
            var valueScale = Scale(values + ValueScales, d, position);
            StoreBlock(firstKey + d * Length * ElementBytes, Length * ElementBytes, key + d, count, keyScale);
            StoreBlock(firstValue + d * ElementBytes, ElementBytes, value + d, count, valueScale);
        }
    }

    /// <summary>A dimension of sixteen positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> LoadKeys(byte* keys, int dimension, int position)
    {
        var numbers = Load(keys, dimension * Length + position);
        return HasScales
            ? numbers * VectorMath.FromHalf(Vector256.Load(Scale(keys + KeyScales, dimension, position)))
            : numbers;
    }

    /// <summary>Sixteen dimensions of a position, the first of them a multiple of sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> LoadValues(byte* values, int position, int dimension)
    {
        var numbers = Load(values, position * ValueStride + dimension);
        return HasScales
            ? numbers * VectorMath.FromHalf(Vector256.Create(*Scale(values + ValueScales, dimension, position)))
            : numbers;
    }

    /// <summary>Widens keys to floats that lie as they do.</summary>
    public void WidenKeys(byte* keys, float* wide)
    {
        for (var i = 0; i < HeadSize * Length; i += Lanes)
        {
            LoadKeys(keys, i / Length, i % Length).Store(wide + i);
        }
    }

    /// <summary>Widens values to floats that lie as they do.</summary>
    public void WidenValues(byte* values, float* wide)
    {
        for (var position = 0; position < Length; position++)
        {
            for (var d = 0; d < ValueStride; d += Lanes)
            {
                LoadValues(values, position, d).Store(wide + position * ValueStride + d);
            }
        }
    }

    private static ushort* Scale(byte* scales, int dimension, int position) =>
        (ushort*)scales + dimension / BlockColumns * Length + position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Load(byte* elements, int index) =>
        type switch
        {
            CacheType.F32 => Vector512.Load((float*)elements + index),
            CacheType.BF16 => VectorMath.FromBFloat16(Vector256.Load((ushort*)elements + index)),
            CacheType.Q8_0 => VectorMath.FromBytes(Vector128.Load((sbyte*)elements + index)),
            _ => VectorMath.FromHalf(Vector256.Load((ushort*)elements + index)),
        };

    private void StoreBlock(byte* elements, int stride, float* numbers, int count, ushort* scale)
    {
        if (HasScales)
        {
            StoreBytes((sbyte*)elements, stride, numbers, count, scale);
            return;
        }
        if (type == CacheType.F16)
        {
            StoreHalves(elements, stride, numbers, count);
            return;
        }
        for (var i = 0; i < count; i++)
        {
            StoreElement(elements + i * stride, numbers[i]);
        }
    }

    // Together, since the runtime converts a single number by many instructions.
    [SkipLocalsInit]
    private static void StoreHalves(byte* elements, int stride, float* numbers, int count)
    {
        var halves = stackalloc Half[BlockColumns];
        TensorPrimitives.ConvertToHalf(new ReadOnlySpan<float>(numbers, count), new Span<Half>(halves, BlockColumns));
        for (var i = 0; i < count; i++)
        {
            *(Half*)(elements + i * stride) = halves[i];
        }
    }

    private static void StoreBytes(sbyte* elements, int stride, float* numbers, int count, ushort* scale)
    {
        var largest = 0f;
        for (var i = 0; i < count; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(numbers[i]));
        }
        // Divided by the scale as it is kept; that may be rounded down, by much where it is tiny.
        var half = (Half)MathF.Min(largest / NumberMax, (float)Half.MaxValue);
        var inverse = half == Half.Zero ? 0 : 1 / (float)half;
        *scale = BitConverter.HalfToUInt16Bits(half);
        for (var i = 0; i < count; i++)
        {
            elements[i * stride] = (sbyte)Math.Clamp(MathF.Round(numbers[i] * inverse), -NumberMax, NumberMax);
        }
    }

    private void StoreElement(byte* element, float value)
    {
        if (type == CacheType.F32)
        {
            *(float*)element = value;
        }
        else
        {
            *(ushort*)element = VectorMath.ToBFloat16(value);
        }
    }
}
