using System.Diagnostics;

namespace Tandem.Formats;

/// <summary>
/// A quantised format, whose blocks are read and written one by one. A file of such a format says how a block comes
/// apart into whole numbers and scales; decoding and packing both follow from that.
/// </summary>
internal abstract class BlockFormat : Format
{
    /// <inheritdoc/>
    public abstract override Packing Packing { get; }

    /// <inheritdoc/>
    public sealed override void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        var count = Count(blocks.Length, values.Length);
        Span<byte> numbers = stackalloc byte[BlockLength];
        Span<sbyte> subScales = stackalloc sbyte[BlockParts.ColumnsMax / 16];
        Span<byte> subMins = stackalloc byte[BlockParts.ColumnsMax / 16];
        subScales.Fill(1);
        subMins.Fill(1);
        for (var block = 0; block < count; block++)
        {
            var (scaleBits, minBits) = Split(blocks.Slice(block * BlockBytes, BlockBytes), numbers, subScales, subMins);
            if (Packing.Table is { } table)
            {
                Codes.LookUp(table, numbers);
            }
            var scale = (float)BitConverter.UInt16BitsToHalf(scaleBits);
            var min = Packing.MinSign * (float)BitConverter.UInt16BitsToHalf(minBits);
            var run = Packing.ScaleColumns;
            for (var i = 0; i < BlockLength / run; i++)
            {
                var step = scale * subScales[i];
                Codes.Scale(
                    numbers.Slice(i * run, run),
                    step,
                    min * subMins[i] - Packing.Bias * step,
                    values.Slice(block * BlockLength + i * run, run)
                );
            }
        }
    }

    /// <inheritdoc/>
    public sealed override void TakeApart(ReadOnlySpan<byte> block, ref BlockParts parts) =>
        (parts.Scale, parts.Min) = Split(block, parts.Numbers[..BlockLength], parts.SubScales, parts.SubMins);

    /// <inheritdoc/>
    public sealed override void Encode(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        var count = Count(blocks.Length, values.Length);
        for (var block = 0; block < count; block++)
        {
            EncodeBlock(values.Slice(block * BlockLength, BlockLength), blocks.Slice(block * BlockBytes, BlockBytes));
        }
    }

    /// <summary>
    /// Takes one block apart, as <see cref="Packing"/> describes it, and returns the bits of its scale and min (0 where
    /// it has none). A format without sub-scales leaves them alone.
    /// </summary>
    protected abstract (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    );

    /// <summary>Writes every byte of one block.</summary>
    protected abstract void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block);

    private int Count(int bytes, int values)
    {
        Debug.Assert(bytes % BlockBytes == 0 && (long)bytes / BlockBytes * BlockLength == values);
        return bytes / BlockBytes;
    }
}
