using System.Numerics;
using System.Runtime.InteropServices;

namespace Tandem.Formats;

/// <summary>The upper half of a single-precision number (8 exponent bits, 7 mantissa bits), little-endian.</summary>
internal sealed class BF16 : Format
{
    /// <inheritdoc/>
    public override string Name => "BF16";

    /// <inheritdoc/>
    public override int GgufType => 30;

    /// <inheritdoc/>
    public override int BlockLength => 1;

    /// <inheritdoc/>
    public override int BlockBytes => sizeof(ushort);

    /// <inheritdoc/>
    public override FloatWidening Widening => FloatWidening.BF16;

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        var uppers = MemoryMarshal.Cast<byte, ushort>(blocks);
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        for (; i + Vector<ushort>.Count <= uppers.Length; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(uppers[i..]), out var first, out var second);
            (first << 16).CopyTo(bits[i..]);
            (second << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }
        for (; i < uppers.Length; i++)
        {
            bits[i] = (uint)uppers[i] << 16;
        }
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        var uppers = MemoryMarshal.Cast<byte, ushort>(blocks);
        for (var i = 0; i < values.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(values[i]);
            // To nearest, ties to even; a NaN must not be carried into infinity, so its quiet bit is set instead.
            uppers[i] = (ushort)(
                float.IsNaN(values[i]) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
            );
        }
    }
}
