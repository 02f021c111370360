using System.Runtime.CompilerServices;

namespace Tandem.Kernels;

/// <summary>Elementary functions on 16 floats at a time, the same bits on every machine that has fused multiply-add.</summary>
internal static class VectorMath
{
    /// <summary>Widens 16 half-precision numbers; infinities and NaN, which no weight or cache holds, come out finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromHalf(Vector256<ushort> halves)
    {
        var wide = Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves)).AsInt32();
        var sign = (wide & Vector512.Create(0x8000)) << 16;
        var magnitude = (wide & Vector512.Create(0x7fff)) << 13;
        // Moved as they are, the bits stand for the number times 2^-112, subnormal ones included.
        var value = magnitude.AsSingle() * Vector512.Create(5.192296858534828e33f);
        return (value.AsInt32() | sign).AsSingle();
    }

    /// <summary>Widens 16 bfloat16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromBFloat16(Vector256<ushort> values) =>
        (Vector512.Create(Vector256.WidenLower(values), Vector256.WidenUpper(values)) << 16).AsSingle();

    /// <summary>Widens 16 signed bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromBytes(Vector128<sbyte> bytes)
    {
        var shorts = Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
        return Vector512.ConvertToSingle(Vector512.Create(Vector256.WidenLower(shorts), Vector256.WidenUpper(shorts)));
    }

    /// <summary>Narrows a float to bfloat16, rounding to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Narrows 16 floats to bfloat16, rounding to nearest even; each lane's lower half has the number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> ToBFloat16(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var isOdd = (bits >> 16) & Vector512<uint>.One;
        return (bits + Vector512.Create(0x7fffu) + isOdd) >> 16;
    }

    /// <summary>The largest of 16; whether those that are no numbers count is left open.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> values)
    {
        var eight = Vector256.MaxNative(values.GetLower(), values.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2)))[0];
    }

    /// <summary>The largest magnitude of 32; no number where one of them is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxMagnitude(Vector512<float> a, Vector512<float> b)
    {
        // Without a sign bits are ordered as the numbers are, and those that stand for none are above all.
        var all = Vector512.Max(Vector512.Abs(a).AsInt32(), Vector512.Abs(b).AsInt32());
        var eight = Vector256.Max(all.GetLower(), all.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.Max(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).AsSingle()[0];
    }

    /// <summary>e^x within 2 units in the last place; 0 below −87.3, and x is held to at most 88.3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // In this order what is no number stays none.
        var held = Vector512.MinNative(Vector512.Create(88.3f), x);
        // x = n ln 2 + r with |r| ≤ ln 2 / 2; ln 2 in two parts keeps r exact (Cody and Waite).
        var n = Vector512.Round(held * Vector512.Create(1.44269504f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), held);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var power = ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
        return Vector512.ConditionalSelect(
            Vector512.LessThan(x, Vector512.Create(-87.3f)),
            Vector512<float>.Zero,
            p * power
        );
    }

    /// <summary>x · sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Silu(Vector512<float> x) => x / (Vector512<float>.One + Exp(-x));

    /// <summary>tanh(x), from e^2x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        // Beyond 9 the result is 1 to the last digit; the cut keeps e^2x finite.
        var held = Vector512.Min(Vector512.Max(x, Vector512.Create(-9f)), Vector512.Create(9f));
        var e = Exp(held + held);
        return (e - Vector512<float>.One) / (e + Vector512<float>.One);
    }

    /// <summary>GELU in its tanh form, as Gemma uses it (Hendrycks and Gimpel, 2016).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Gelu(Vector512<float> x)
    {
        var inner = Vector512.Create(0.7978845608f) * x * (Vector512<float>.One + Vector512.Create(0.044715f) * x * x);
        return Vector512.Create(0.5f) * x * (Vector512<float>.One + Tanh(inner));
    }
}
