using System.Buffers.Binary;
using System.Diagnostics;

namespace Tandem.Formats;

/// <summary>
/// What quantised formats share: small unsigned codes, one a byte while they are worked on, packed in nibbles or pairs
/// of bits inside a block.
/// </summary>
internal static class Codes
{
    /// <summary>
    /// Writes a scale in half precision and returns the value that a reader will see, so that codes are rounded
    /// against that and not against the scale before rounding.
    /// </summary>
    public static float WriteHalf(Span<byte> bytes, float value)
    {
        var half = (Half)value;
        BinaryPrimitives.WriteHalfLittleEndian(bytes, half);
        return (float)half;
    }

    /// <summary>
    /// Low nibbles become the first half of <paramref name="codes"/>, high nibbles the second;
    /// <paramref name="packed"/> has a multiple of 16 bytes.
    /// </summary>
    public static void UnpackNibbles(ReadOnlySpan<byte> packed, Span<byte> codes)
    {
        Debug.Assert(packed.Length % 16 == 0 && codes.Length == 2 * packed.Length);
        var mask = Vector128.Create((byte)0x0F);
        for (var i = 0; i < packed.Length; i += 16)
        {
            var pairs = Vector128.Create(packed.Slice(i, 16));
            (pairs & mask).CopyTo(codes[i..]);
            (pairs >> 4).CopyTo(codes[(packed.Length + i)..]);
        }
    }

    /// <summary>The inverse of <see cref="UnpackNibbles"/>; only the low nibble of a code is kept.</summary>
    public static void PackNibbles(ReadOnlySpan<byte> codes, Span<byte> packed)
    {
        Debug.Assert(codes.Length == 2 * packed.Length);
        for (var i = 0; i < packed.Length; i++)
        {
            packed[i] = (byte)((codes[i] & 0x0F) | (codes[packed.Length + i] << 4));
        }
    }

    /// <summary>
    /// Reads pairs of bits: bits 0–1 of all bytes are the first codes, bits 2–3 the next, and so on, four codes a byte.
    /// </summary>
    public static void UnpackPairs(ReadOnlySpan<byte> packed, Span<byte> codes)
    {
        Debug.Assert(packed.Length % 16 == 0 && codes.Length == 4 * packed.Length);
        var mask = Vector128.Create((byte)0x03);
        for (var i = 0; i < packed.Length; i += 16)
        {
            var bits = Vector128.Create(packed.Slice(i, 16));
            for (var plane = 0; plane < 4; plane++)
            {
                ((bits >> (2 * plane)) & mask).CopyTo(codes[(plane * packed.Length + i)..]);
            }
        }
    }

    /// <summary>The inverse of <see cref="UnpackPairs"/>; only the two low bits of a code are kept.</summary>
    public static void PackPairs(ReadOnlySpan<byte> codes, Span<byte> packed)
    {
        Debug.Assert(codes.Length == 4 * packed.Length);
        for (var i = 0; i < packed.Length; i++)
        {
            var bits = 0;
            for (var plane = 0; plane < 4; plane++)
            {
                bits |= (codes[plane * packed.Length + i] & 0x03) << (2 * plane);
            }
            packed[i] = (byte)bits;
        }
    }

    /// <summary>
    /// Reads single bits: bit 0 of all 32 bytes belongs to the first 32 codes, bit 1 to the next, and so on; each goes to bit
    /// <paramref name="place"/> of its code, which is still 0.
    /// </summary>
    public static void AddBits(ReadOnlySpan<byte> packed, int place, Span<byte> codes)
    {
        Debug.Assert(packed.Length == 32 && codes.Length == 256);
        for (var plane = 0; plane < 8; plane++)
        {
            for (var i = 0; i < 32; i += 16)
            {
                var bit = (Vector128.Create(packed.Slice(i, 16)) >> plane) & Vector128<byte>.One;
                var run = codes.Slice(plane * 32 + i, 16);
                (Vector128.Create<byte>(run) | (bit << place)).CopyTo(run);
            }
        }
    }

    /// <summary>Replaces codes below 16, of which there is a multiple of 16, by what they stand for.</summary>
    public static void LookUp(ReadOnlySpan<byte> table, Span<byte> codes)
    {
        var entries = Vector128.Create(table);
        for (var i = 0; i < codes.Length; i += 16)
        {
            Vector128.Shuffle(entries, Vector128.Create(codes.Slice(i, 16))).CopyTo(codes[i..]);
        }
    }

    /// <summary>
    /// values = codes × scale + offset, for a multiple of 16 codes. The product of a code and a scale of the formats
    /// here is exact in single precision, so the result is rounded once at most.
    /// </summary>
    public static void Scale(ReadOnlySpan<byte> codes, float scale, float offset, Span<float> values)
    {
        Debug.Assert(codes.Length % 16 == 0 && values.Length == codes.Length);
        var scales = Vector128.Create(scale);
        var offsets = Vector128.Create(offset);
        for (var i = 0; i < codes.Length; i += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.Create(codes.Slice(i, 16)));
            var (first, second) = Vector128.Widen(low);
            var (third, fourth) = Vector128.Widen(high);
            (Vector128.ConvertToSingle(first.AsInt32()) * scales + offsets).CopyTo(values[i..]);
            (Vector128.ConvertToSingle(second.AsInt32()) * scales + offsets).CopyTo(values[(i + 4)..]);
            (Vector128.ConvertToSingle(third.AsInt32()) * scales + offsets).CopyTo(values[(i + 8)..]);
            (Vector128.ConvertToSingle(fourth.AsInt32()) * scales + offsets).CopyTo(values[(i + 12)..]);
        }
    }

    /// <summary>
    /// codes = the whole number nearest to (values − offset) ÷ scale, kept in 0…<paramref name="highest"/>. A scale of
    /// zero gives the code that stands for zero in a symmetric format: −offset ÷ scale has no meaning there, so the
    /// caller passes it as <paramref name="zero"/>.
    /// </summary>
    public static void Round(
        ReadOnlySpan<float> values,
        float scale,
        float offset,
        int highest,
        int zero,
        Span<byte> codes
    )
    {
        Debug.Assert(values.Length == codes.Length);
        if (scale == 0)
        {
            codes.Fill((byte)zero);
            return;
        }
        for (var i = 0; i < values.Length; i++)
        {
            codes[i] = (byte)Math.Clamp(MathF.Round((values[i] - offset) / scale), 0, highest);
        }
    }
}
