using System.Diagnostics;
using System.Runtime.InteropServices;
using static System.Buffers.Binary.BinaryPrimitives;

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
        // Four bytes at a time: there are millions of blocks on a model's way into memory.
        const uint SixBits = 0x3F3F3F3F;
        const uint Nibbles = 0x0F0F0F0F;
        const uint UpperPairs = 0x30303030;
        var (a, b, c) = (
            ReadUInt32LittleEndian(packed),
            ReadUInt32LittleEndian(packed[4..]),
            ReadUInt32LittleEndian(packed[8..])
        );
        var signed = MemoryMarshal.AsBytes(scales);
        WriteUInt32LittleEndian(signed, a & SixBits);
        WriteUInt32LittleEndian(signed[4..], (c & Nibbles) | ((a >> 2) & UpperPairs));
        WriteUInt32LittleEndian(mins, b & SixBits);
        WriteUInt32LittleEndian(mins[4..], ((c >> 4) & Nibbles) | ((b >> 2) & UpperPairs));
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
