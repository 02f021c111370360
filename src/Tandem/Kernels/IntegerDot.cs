using System.Runtime.CompilerServices;
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

    // A product of a byte and a signed byte fits 16 bits; the sum of two does not.
    private static Vector256<int> AddNeighbours(Vector256<short> products) =>
        ((products.AsInt32() << 16) >> 16) + (products.AsInt32() >> 16);
}
