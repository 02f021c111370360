using System.Diagnostics;

namespace Tandem.Formats;

/// <summary>
/// What the formats of 256 values share: a super-block is cut into runs of 16 or 32 values, and the scale of a run is
/// itself a small whole number times a half-precision scale of the super-block.
/// </summary>
internal static class SuperBlock
{
    /// <summary>Values in a super-block.</summary>
    public const int Length = 256;

    /// <summary>
    /// Reads eight pairs of six-bit numbers from 12 bytes. The first four scales and mins have a byte each; their upper
    /// two bits, and the nibbles of the last four bytes, make the other four.
    /// </summary>
    public static void UnpackScales(ReadOnlySpan<byte> packed, Span<sbyte> scales, Span<byte> mins)
    {
        for (var i = 0; i < 4; i++)
        {
            scales[i] = (sbyte)(packed[i] & 63);
            mins[i] = (byte)(packed[i + 4] & 63);
            scales[i + 4] = (sbyte)((packed[i + 8] & 15) | ((packed[i] >> 6) << 4));
            mins[i + 4] = (byte)((packed[i + 8] >> 4) | ((packed[i + 4] >> 6) << 4));
        }
    }

    /// <summary>The inverse of <see cref="UnpackScales"/>.</summary>
    public static void PackScales(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> mins, Span<byte> packed)
    {
        for (var i = 0; i < 4; i++)
        {
            packed[i] = (byte)(scales[i] | ((scales[i + 4] >> 4) << 6));
            packed[i + 4] = (byte)(mins[i] | ((mins[i + 4] >> 4) << 6));
            packed[i + 8] = (byte)((scales[i + 4] & 15) | ((mins[i + 4] & 15) << 4));
        }
    }

    /// <summary>
    /// Fits value = d × scale × code − m × min, run by run, and writes d and m in half precision. The number of runs
    /// is the length of <paramref name="scales"/>; codes are 0…<paramref name="highestCode"/>, scales and mins
    /// 0…<paramref name="highestScale"/>.
    /// </summary>
    public static void EncodeAffine(
        ReadOnlySpan<float> values,
        int highestCode,
        int highestScale,
        Span<byte> halves,
        Span<byte> scales,
        Span<byte> mins,
        Span<byte> codes
    )
    {
        Debug.Assert(values.Length == Length && codes.Length == Length);
        var run = Length / scales.Length;
        Span<float> runScales = stackalloc float[scales.Length];
        Span<float> runMins = stackalloc float[scales.Length];
        for (var i = 0; i < scales.Length; i++)
        {
            (runScales[i], runMins[i]) = ScaleSearch.Affine(values.Slice(i * run, run), highestCode);
        }
        var scale = Codes.WriteHalf(halves, ScaleSearch.Extreme(runScales) / highestScale);
        var min = Codes.WriteHalf(halves[2..], ScaleSearch.Extreme(runMins) / highestScale);
        Codes.Round(runScales, scale, 0, highestScale, zero: 0, scales);
        Codes.Round(runMins, min, 0, highestScale, zero: 0, mins);
        for (var i = 0; i < scales.Length; i++)
        {
            var at = i * run;
            Codes.Round(
                values.Slice(at, run),
                scale * scales[i],
                -min * mins[i],
                highestCode,
                zero: 0,
                codes.Slice(at, run)
            );
        }
    }

    /// <summary>
    /// Fits value = d × (scale − <paramref name="halfScale"/>) × (code − <paramref name="halfCode"/>) over 16 runs of 16
    /// values, and writes d in half precision.
    /// </summary>
    public static void EncodeSymmetric(
        ReadOnlySpan<float> values,
        int halfCode,
        int halfScale,
        Span<byte> half,
        Span<byte> scales,
        Span<byte> codes
    )
    {
        Debug.Assert(values.Length == Length && codes.Length == Length && scales.Length == 16);
        Span<float> runScales = stackalloc float[16];
        for (var i = 0; i < 16; i++)
        {
            runScales[i] = ScaleSearch.Symmetric(values.Slice(i * 16, 16), halfCode);
        }
        var scale = Codes.WriteHalf(half, ScaleSearch.Extreme(runScales) / -halfScale);
        Codes.Round(runScales, scale, -halfScale * scale, 2 * halfScale - 1, zero: halfScale, scales);
        for (var i = 0; i < 16; i++)
        {
            var step = scale * (scales[i] - halfScale);
            var at = i * 16;
            Codes.Round(
                values.Slice(at, 16),
                step,
                -halfCode * step,
                2 * halfCode - 1,
                zero: halfCode,
                codes.Slice(at, 16)
            );
        }
    }
}
