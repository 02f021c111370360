using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 32 four-bit codes with a half-precision scale d and least value m: value = d × q + m. Layout: d, m, then 16 bytes
/// whose low nibbles are values 0–15 and whose high nibbles are values 16–31.
/// </summary>
internal sealed class Q4_1 : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q4_1";

    /// <inheritdoc/>
    public override int GgufType => 3;

    /// <inheritdoc/>
    public override int BlockLength => 32;

    /// <inheritdoc/>
    public override int BlockBytes => 20;

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 4,
            MinSign = 1,
            NumbersAt = 4,
        };

    /// <inheritdoc/>
    protected override (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    )
    {
        Codes.UnpackNibbles(block[4..], numbers);
        return (ReadUInt16LittleEndian(block), ReadUInt16LittleEndian(block[2..]));
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var (lowest, highest) = ScaleSearch.Range(values);
        var scale = Codes.WriteHalf(block, (highest - lowest) / 15);
        var least = Codes.WriteHalf(block[2..], lowest);
        Span<byte> codes = stackalloc byte[32];
        Codes.Round(values, scale, least, highest: 15, zero: 0, codes);
        Codes.PackNibbles(codes, block[4..]);
    }
}
