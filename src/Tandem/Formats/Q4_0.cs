using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 32 four-bit codes with a half-precision scale d: value = d × (q − 8). Layout: d, then 16 bytes whose low nibbles are
/// values 0–15 and whose high nibbles are values 16–31.
/// </summary>
internal sealed class Q4_0 : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q4_0";

    /// <inheritdoc/>
    public override int GgufType => 2;

    /// <inheritdoc/>
    public override int BlockLength => 32;

    /// <inheritdoc/>
    public override int BlockBytes => 18;

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 4,
            Bias = 8,
            NumbersAt = 2,
        };

    /// <inheritdoc/>
    protected override (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    )
    {
        Codes.UnpackNibbles(block[2..], numbers);
        return (ReadUInt16LittleEndian(block), 0);
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        // The extreme takes code 0 (−8 times the scale), for the range below zero is one step longer.
        var scale = Codes.WriteHalf(block, ScaleSearch.Extreme(values) / -8);
        Span<byte> codes = stackalloc byte[32];
        Codes.Round(values, scale, -8 * scale, highest: 15, zero: 8, codes);
        Codes.PackNibbles(codes, block[2..]);
    }
}
