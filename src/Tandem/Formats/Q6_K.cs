using System.Runtime.InteropServices;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 256 six-bit codes in 16 runs: value = d × s × (q − 32), with a signed byte s a run. Layout: 2 × 64 bytes of the four
/// lower bits, 2 × 32 bytes of the two upper bits, 16 × s, the half-precision d.
/// </summary>
internal sealed class Q6_K : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q6_K";

    /// <inheritdoc/>
    public override int GgufType => 14;

    /// <inheritdoc/>
    public override int BlockLength => 256;

    /// <inheritdoc/>
    public override int BlockBytes => 210;

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 6,
            Bias = 32,
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
        Span<byte> uppers = stackalloc byte[256];
        for (var half = 0; half < 2; half++)
        {
            Codes.UnpackNibbles(block.Slice(half * 64, 64), numbers.Slice(half * 128, 128));
            Codes.UnpackPairs(block.Slice(128 + half * 32, 32), uppers.Slice(half * 128, 128));
        }
        for (var i = 0; i < 256; i += 16)
        {
            var codes = numbers.Slice(i, 16);
            (Vector128.Create<byte>(codes) | (Vector128.Create<byte>(uppers.Slice(i, 16)) << 4)).CopyTo(codes);
        }
        MemoryMarshal.Cast<byte, sbyte>(block.Slice(192, 16)).CopyTo(subScales);
        return (ReadUInt16LittleEndian(block[208..]), 0);
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<byte> scales = stackalloc byte[16];
        Span<byte> codes = stackalloc byte[256];
        SuperBlock.EncodeSymmetric(values, 32, 128, block[208..], scales, codes);
        for (var run = 0; run < 16; run++)
        {
            block[192 + run] = (byte)(scales[run] - 128);
        }
        for (var half = 0; half < 2; half++)
        {
            Codes.PackNibbles(codes.Slice(half * 128, 128), block.Slice(half * 64, 64));
        }
        for (var i = 0; i < 256; i++)
        {
            codes[i] >>= 4;
        }
        for (var half = 0; half < 2; half++)
        {
            Codes.PackPairs(codes.Slice(half * 128, 128), block.Slice(128 + half * 32, 32));
        }
    }
}
