using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 256 five-bit codes in 8 runs: value = d × s × q − m × t, with a six-bit scale s and min t a run. Layout: the
/// half-precision d and m, 12 bytes of scales and mins, 32 bytes of fifth bits (bit k of byte i belongs to value i of
/// run k), then the four lower bits as in <see cref="Q4_K"/>.
/// </summary>
internal sealed class Q5_K : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q5_K";

    /// <inheritdoc/>
    public override int GgufType => 13;

    /// <inheritdoc/>
    public override int BlockLength => 256;

    /// <inheritdoc/>
    public override int BlockBytes => 176;

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 5,
            SuperColumns = 256,
            MinSign = -1,
        };

    /// <inheritdoc/>
    protected override (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    )
    {
        SuperBlock.UnpackScales(block.Slice(4, 12), subScales, subMins);
        for (var pair = 0; pair < 4; pair++)
        {
            Codes.UnpackNibbles(block.Slice(48 + pair * 32, 32), numbers.Slice(pair * 64, 64));
        }
        Codes.AddBits(block.Slice(16, 32), 4, numbers);
        return (ReadUInt16LittleEndian(block), ReadUInt16LittleEndian(block[2..]));
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<byte> scales = stackalloc byte[8];
        Span<byte> mins = stackalloc byte[8];
        Span<byte> codes = stackalloc byte[256];
        SuperBlock.EncodeAffine(values, 31, 63, block, scales, mins, codes);
        SuperBlock.PackScales(scales, mins, block.Slice(4, 12));
        block.Slice(16, 32).Clear();
        for (var i = 0; i < 256; i++)
        {
            block[16 + i % 32] |= (byte)((codes[i] >> 4) << (i / 32));
        }
        for (var pair = 0; pair < 4; pair++)
        {
            Codes.PackNibbles(codes.Slice(pair * 64, 64), block.Slice(48 + pair * 32, 32));
        }
    }
}
