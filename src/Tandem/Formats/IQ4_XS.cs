using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 256 four-bit codes in 8 runs that choose from the levels of <see cref="IQ4_NL"/>: value = d × (s − 32) × level[q], with a
/// six-bit scale s a run. Layout: the half-precision d, a 16-bit word with the two upper bits of each s, 4 bytes with
/// the lower nibbles, 8 × 16 bytes of codes.
/// </summary>
internal sealed class IQ4_XS : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "IQ4_XS";

    /// <inheritdoc/>
    public override int GgufType => 23;

    /// <inheritdoc/>
    public override int BlockLength => 256;

    /// <inheritdoc/>
    public override int BlockBytes => 136;

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 4,
            Bias = 128,
            SuperColumns = 256,
            Table = IQ4_NL.LevelCodes(),
        };

    /// <inheritdoc/>
    protected override (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    )
    {
        var uppers = ReadUInt16LittleEndian(block[2..]);
        for (var run = 0; run < 8; run++)
        {
            var lower = (block[4 + run / 2] >> (4 * (run % 2))) & 15;
            var upper = (uppers >> (2 * run)) & 3;
            subScales[run] = (sbyte)((lower | (upper << 4)) - 32);
            Codes.UnpackNibbles(block.Slice(8 + run * 16, 16), numbers.Slice(run * 32, 32));
        }
        return (ReadUInt16LittleEndian(block), 0);
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<float> runScales = stackalloc float[8];
        for (var run = 0; run < 8; run++)
        {
            runScales[run] = IQ4_NL.SearchScale(values.Slice(run * 32, 32));
        }
        var scale = Codes.WriteHalf(block, ScaleSearch.Extreme(runScales) / -32);
        Span<byte> scales = stackalloc byte[8];
        Codes.Round(runScales, scale, -32 * scale, highest: 63, zero: 32, scales);
        var uppers = 0;
        for (var run = 0; run < 8; run++)
        {
            uppers |= (scales[run] >> 4) << (2 * run);
            IQ4_NL.EncodeRun(values.Slice(run * 32, 32), scale * (scales[run] - 32), block.Slice(8 + run * 16, 16));
        }
        WriteUInt16LittleEndian(block[2..], (ushort)uppers);
        for (var i = 0; i < 4; i++)
        {
            block[4 + i] = (byte)((scales[2 * i] & 15) | ((scales[2 * i + 1] & 15) << 4));
        }
    }
}
