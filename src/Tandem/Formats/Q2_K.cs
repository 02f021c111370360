using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 256 two-bit codes in 16 runs: value = d × s × q − m × t, with a four-bit scale s and min t a run. Layout: 16 bytes
/// (s in the low nibble, t in the high), 2 × 32 bytes of codes, the half-precision d and m.
/// </summary>
internal sealed class Q2_K : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q2_K";

    /// <inheritdoc/>
    public override int GgufType => 10;

    /// <inheritdoc/>
    public override int BlockLength => 256;

    /// <inheritdoc/>
    public override int BlockBytes => 84;

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 2,
            SuperColumns = 256,
            ScaleColumns = 16,
            MinSign = -1,
            SharesScaleByte = true,
        };

    /// <inheritdoc/>
    protected override (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    )
    {
        Codes.UnpackPairs(block.Slice(16, 32), numbers[..128]);
        Codes.UnpackPairs(block.Slice(48, 32), numbers[128..]);
        for (var run = 0; run < 16; run++)
        {
            subScales[run] = (sbyte)(block[run] & 15);
            subMins[run] = (byte)(block[run] >> 4);
        }
        return (ReadUInt16LittleEndian(block[80..]), ReadUInt16LittleEndian(block[82..]));
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<byte> nibbles = stackalloc byte[32];
        Span<byte> codes = stackalloc byte[256];
        SuperBlock.EncodeAffine(values, 3, 15, block[80..], nibbles[..16], nibbles[16..], codes);
        Codes.PackNibbles(nibbles, block[..16]);
        Codes.PackPairs(codes[..128], block.Slice(16, 32));
        Codes.PackPairs(codes[128..], block.Slice(48, 32));
    }
}
