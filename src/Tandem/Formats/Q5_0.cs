using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 32 five-bit codes with a half-precision scale d: value = d × (q − 16). Layout: d, a 32-bit word that holds the fifth
/// bit of value i in bit i, then the four lower bits as in <see cref="Q4_0"/>.
/// </summary>
internal sealed class Q5_0 : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "Q5_0";

    /// <inheritdoc/>
    public override int GgufType => 6;

    /// <inheritdoc/>
    public override int BlockLength => 32;

    /// <inheritdoc/>
    public override int BlockBytes => 22;

    /// <inheritdoc/>
    public override Packing Packing { get; } = new() { Bits = 5, Bias = 16 };

    /// <inheritdoc/>
    protected override (ushort Scale, ushort Min) Split(
        ReadOnlySpan<byte> block,
        Span<byte> numbers,
        Span<sbyte> subScales,
        Span<byte> subMins
    )
    {
        Codes.UnpackNibbles(block[6..], numbers);
        AddFifthBits(ReadUInt32LittleEndian(block[2..]), numbers);
        return (ReadUInt16LittleEndian(block), 0);
    }

    /// <inheritdoc/>
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        var scale = Codes.WriteHalf(block, ScaleSearch.Extreme(values) / -16);
        Span<byte> codes = stackalloc byte[32];
        Codes.Round(values, scale, -16 * scale, highest: 31, zero: 16, codes);
        WriteUInt32LittleEndian(block[2..], FifthBits(codes));
        Codes.PackNibbles(codes, block[6..]);
    }

    /// <summary>Adds 16 to code i where bit i is set.</summary>
    internal static void AddFifthBits(uint bits, Span<byte> codes)
    {
        var places = Vector128.Create(0x8040201008040201).AsByte();
        for (var i = 0; i < 32; i += 16)
        {
            // Each byte of the word beside the eight codes that it is of.
            var spread = Vector128.Shuffle(
                Vector128.CreateScalar(bits >> i).AsByte(),
                Vector128.Create(0, 0x0101010101010101).AsByte()
            );
            var fifths = Vector128.Equals(spread & places, places) & Vector128.Create((byte)16);
            var run = codes.Slice(i, 16);
            (Vector128.Create<byte>(run) | fifths).CopyTo(run);
        }
    }

    /// <summary>The word whose bit i is the fifth bit of code i.</summary>
    internal static uint FifthBits(ReadOnlySpan<byte> codes)
    {
        var bits = 0u;
        for (var i = 0; i < 32; i++)
        {
            bits |= (uint)(codes[i] >> 4) << i;
        }
        return bits;
    }
}
