using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Tandem.Kernels;

/// <summary>Four products of a byte and a signed byte added into each 32-bit lane, exactly, on every machine.</summary>
internal static class IntegerDot
{
    /// <summary>sums + the products of four neighbouring weights (0 to 255) and numbers (−128 to 127) a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> numbers)
    {
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(sums, weights, numbers);
        }
        if (Dp.IsSupported)
        {
            return Vector256.Create(
                AddSigned(sums.GetLower(), weights.GetLower(), numbers.GetLower()),
                AddSigned(sums.GetUpper(), weights.GetUpper(), numbers.GetUpper())
            );
        }
        // AVX2's own product of bytes saturates its pairs, so bytes are widened first: even ones, then odd ones.
        var evenWeights = (weights.AsUInt16() & Vector256.Create((ushort)255)).AsInt16();
        var oddWeights = (weights.AsUInt16() >> 8).AsInt16();
        var evenNumbers = (numbers.AsInt16() << 8) >> 8;
        var oddNumbers = numbers.AsInt16() >> 8;
        if (Avx2.IsSupported)
        {
            return sums
                + Avx2.MultiplyAddAdjacent(evenWeights, evenNumbers)
                + Avx2.MultiplyAddAdjacent(oddWeights, oddNumbers);
        }
        return sums + AddNeighbours(evenWeights * evenNumbers) + AddNeighbours(oddWeights * oddNumbers);
    }

    // Arm's dot product takes signed bytes alone: so weights less 128, and then 128 times the numbers.
    private static Vector128<int> AddSigned(Vector128<int> sums, Vector128<byte> weights, Vector128<sbyte> numbers)
    {
        var lessBias = (weights ^ Vector128.Create((byte)128)).AsSByte();
        var total = Dp.DotProduct(Vector128<int>.Zero, numbers, Vector128<sbyte>.One);
        return Dp.DotProduct(sums, lessBias, numbers) + (total << 7);
    }

    // A product of a byte and a signed byte fits 16 bits; the sum of two does not.
    private static Vector256<int> AddNeighbours(Vector256<short> products) =>
        ((products.AsInt32() << 16) >> 16) + (products.AsInt32() >> 16);
}
