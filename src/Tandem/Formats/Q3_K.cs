using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 256 three-bit codes in 16 runs: value = d × (s − 32) × (q − 4), with a six-bit scale s a run. Layout: 32 bytes of third
/// bits (bit k of byte i belongs to value 32k + i), 2 × 32 bytes of the two lower bits, 12 bytes of scales, the half d.
/// </summary>
internal sealed class Q3_K : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q3_K";

    /// <inheritdoc/>
    public override int GgufType => 11;

    /// <inheritdoc/>
    public override int BlockLength => 256;

    /// <inheritdoc/>
    public override int BlockBytes => 110;

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 3,
            Bias = 4,
            SuperColumns = 256,
            ScaleColumns = 16,
        };

    /// <inheritdoc/>
    protected override (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    )
    {
        Codes.UnpackPairs(block.Slice(32, 32), numbers[..128]);
        Codes.UnpackPairs(block.Slice(64, 32), numbers[128..]);
        Codes.AddBits(block[..32], 2, numbers);
        UnpackScales(block.Slice(96, 12), subScales);
        return (ReadUInt16LittleEndian(block[108..]), 0);
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<byte> scales = stackalloc byte[16];
        Span<byte> codes = stackalloc byte[256];
        SuperBlock.EncodeSymmetric(values, 4, 32, block[108..], scales, codes);
        PackScales(scales, block.Slice(96, 12));
        Codes.PackPairs(codes[..128], block.Slice(32, 32));
        Codes.PackPairs(codes[128..], block.Slice(64, 32));
        block[..32].Clear();
        for (var i = 0; i < 256; i++)
        {
            block[i % 32] |= (byte)((codes[i] >> 2) << (i / 32));
        }
    }

    // Low nibbles of 16 six-bit scales take 8 bytes as nibbles do; their upper bits take 4 bytes as pairs do.
    private static void UnpackScales(ReadOnlySpan<byte> packed, Span<sbyte> scales)
    {
        for (var i = 0; i < 16; i++)
        {
            var low = i < 8 ? packed[i] & 15 : packed[i - 8] >> 4;
            scales[i] = (sbyte)((low | (((packed[8 + i % 4] >> (2 * (i / 4))) & 3) << 4)) - 32);
        }
    }

    private static void PackScales(ReadOnlySpan<byte> scales, Span<byte> packed)
    {
        Codes.PackNibbles(scales, packed[..8]);
        packed[8..].Clear();
        for (var i = 0; i < 16; i++)
        {
            packed[8 + i % 4] |= (byte)((scales[i] >> 4) << (2 * (i / 4)));
        }
    }
}
