using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 32 five-bit codes with a half-precision scale d and least value m: value = d × q + m. Layout: d, m, the word of fifth
/// bits and the four lower bits as in <see cref="Q5_0"/>.
/// </summary>
internal sealed class Q5_1 : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q5_1";

    /// <inheritdoc/>
    public override int GgufType => 7;

    /// <inheritdoc/>
    public override int BlockLength => 32;

    /// <inheritdoc/>
    public override int BlockBytes => 24;

    /// <inheritdoc/>
    public override Packing Packing { get; } = new() { Bits = 5, MinSign = 1 };

    /// <inheritdoc/>
    protected override (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    )
    {
        Codes.UnpackNibbles(block[8..], numbers);
        Q5_0.AddFifthBits(ReadUInt32LittleEndian(block[4..]), numbers);
        return (ReadUInt16LittleEndian(block), ReadUInt16LittleEndian(block[2..]));
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var (lowest, highest) = ScaleSearch.Range(values);
        var scale = Codes.WriteHalf(block, (highest - lowest) / 31);
        var least = Codes.WriteHalf(block[2..], lowest);
        Span<byte> codes = stackalloc byte[32];
        Codes.Round(values, scale, least, highest: 31, zero: 0, codes);
        WriteUInt32LittleEndian(block[4..], Q5_0.FifthBits(codes));
        Codes.PackNibbles(codes, block[8..]);
    }
}
