using static System.Buffers.Binary.BinaryPrimitives;

namespace Tandem.Formats;

/// <summary>
/// 32 four-bit codes that choose from 16 uneven levels, with a half-precision scale d: value = d × level[q]. Layout: d,
/// then 16 bytes whose low nibbles are values 0–15 and whose high nibbles are values 16–31.
/// </summary>
internal sealed class IQ4_NL : BlockFormat
{
    /// <inheritdoc/>
    public override string Name => "IQ4_NL";

    /// <inheritdoc/>
    public override int GgufType => 20;

    /// <inheritdoc/>
    public override int BlockLength => 32;

    /// <inheritdoc/>
    public override int BlockBytes => 18;

    /// <summary>The levels, finer towards zero, as the format fixes them.</summary>
    internal static ReadOnlySpan<sbyte> Levels =>
        [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <inheritdoc/>
    public override Packing Packing { get; } =
        new()
        {
            Bits = 4,
            Bias = 128,
            Table = LevelCodes(),
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
    protected override void EncodeBlock(ReadOnlySpan<float> values, Span<byte> block) =>
        EncodeRun(values, Codes.WriteHalf(block, SearchScale(values)), block[2..]);

    /// <summary>The levels moved up by 128, which makes them codes like any other.</summary>
    internal static byte[] LevelCodes() => [.. Levels.ToArray().Select(level => (byte)(level + 128))];

    /// <summary>Writes 32 values as 16 bytes of codes.</summary>
    internal static void EncodeRun(ReadOnlySpan<float> values, float scale, Span<byte> packed)
    {
        Span<byte> codes = stackalloc byte[32];
        var inverse = scale == 0 ? 0 : 1 / scale;
        for (var i = 0; i < 32; i++)
        {
            codes[i] = (byte)Nearest(values[i] * inverse);
        }
        Codes.PackNibbles(codes, packed);
    }

    /// <summary>
    /// A scale, of either sign, with a small squared error: the extreme is put at or near the outermost level, and the
    /// best scale for the codes that follow is Σvl ÷ Σl².
    /// </summary>
    internal static float SearchScale(ReadOnlySpan<float> values)
    {
        var extreme = ScaleSearch.Extreme(values);
        if (extreme == 0)
        {
            return 0;
        }
        var (best, bestGain) = (0f, 0.0);
        for (var trial = -8; trial <= 8; trial++)
        {
            var inverse = (Levels[0] + 2f * trial) / extreme;
            var (product, square) = (0.0, 0.0);
            foreach (var value in values)
            {
                var level = Levels[Nearest(value * inverse)];
                product += value * level;
                square += level * level;
            }
            var gain = product * product / square;
            if (gain > bestGain)
            {
                (best, bestGain) = ((float)(product / square), gain);
            }
        }
        return best;
    }

    // Four halvings find the last level whose lower midpoint is not above the value.
    private static int Nearest(float value)
    {
        var at = 0;
        for (var step = 8; step > 0; step >>= 1)
        {
            if (2 * value >= Levels[at + step - 1] + Levels[at + step])
            {
                at += step;
            }
        }
        return at;
    }
}
