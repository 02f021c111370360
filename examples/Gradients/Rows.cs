using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tandem.Examples.Gradients;

/// <summary>
/// Sums over rows whose length is a multiple of 8. The order of additions is fixed and none is fused with a multiplication, so the
/// same numbers give the same bits on every worker.
/// </summary>
internal static class Rows
{
    /// <summary>to += scale · from.</summary>
    public static void AddScaled(Span<float> to, ReadOnlySpan<float> from, float scale)
    {
        var sums = MemoryMarshal.Cast<float, Vector256<float>>(to);
        var values = Vectors(from);
        Debug.Assert(sums.Length == values.Length, "rows are of one length");
        var factor = Vector256.Create(scale);
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] += values[i] * factor;
        }
    }

    /// <summary>The given lanes plus a · b; the sum of all lanes is the product of the rows.</summary>
    public static Vector256<float> AddProducts(Vector256<float> lanes, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var left = Vectors(a);
        var right = Vectors(b);
        Debug.Assert(left.Length == right.Length, "rows are of one length");
        for (var i = 0; i < left.Length; i++)
        {
            lanes += left[i] * right[i];
        }
        return lanes;
    }

    /// <summary>The product of two rows.</summary>
    public static float Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        Vector256.Sum(AddProducts(Vector256<float>.Zero, a, b));

    /// <summary>The sum of a row.</summary>
    public static float Sum(ReadOnlySpan<float> row)
    {
        var lanes = Vector256<float>.Zero;
        foreach (var values in Vectors(row))
        {
            lanes += values;
        }
        return Vector256.Sum(lanes);
    }

    private static ReadOnlySpan<Vector256<float>> Vectors(ReadOnlySpan<float> row)
    {
        Debug.Assert(row.Length % Vector256<float>.Count == 0, "rows are whole vectors");
        return MemoryMarshal.Cast<float, Vector256<float>>(row);
    }
}
