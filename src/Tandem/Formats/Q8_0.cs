using System.Runtime.InteropServices;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>32 signed bytes with a half-precision scale d: value = d × q. Layout: d, 32 × q.</summary>
internal sealed class Q8_0 : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q8_0";

    /// <inheritdoc/>
    public override int GgufType => 8;

    /// <inheritdoc/>
    public override int BlockLength => 32;

    /// <inheritdoc/>
    public override int BlockBytes => 34;

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 8,
            Bias = 128,
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
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (byte)(block[2 + i] ^ 0x80);
        }
        return (ReadUInt16LittleEndian(block), 0);
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var scale = Codes.WriteHalf(block, MathF.Abs(ScaleSearch.Extreme(values)) / 127);
        var inverse = scale == 0 ? 0 : 1 / scale;
        var codes = MemoryMarshal.Cast<byte, sbyte>(block[2..]);
        for (var i = 0; i < values.Length; i++)
        {
            codes[i] = (sbyte)Math.Clamp(MathF.Round(values[i] * inverse), -127, 127);
        }
    }
}
