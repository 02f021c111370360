using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Products of bytes by <c>vpmaddubsw</c>, which adds two of them in 16 bits and saturates. So few are added there that no sum
/// passes 16 bits whatever the bytes are, activations of −128 included; 8-bit numbers are taken as two of four bits.
/// </summary>
/// <param name="target">What the kernel is assembled for.</param>
/// <param name="layout">How the weights lie.</param>
/// <param name="size">The tile.</param>
internal sealed class PairTileAssembler(TileTarget target, PanelLayout layout, TileSize size)
    : IntegerTileAssembler(target, layout, size)
{
    private const int DigitBits = 4;

    /// <summary>Whether the products of a whole part of a panel fit 16 bits together.</summary>
    public static bool AddsWithin16Bits(Packing packing) => packing.Bits <= DigitBits && packing.Table is null;

    /// <inheritdoc/>
    protected override void SetDots(int part, int first, int count)
    {
        var runs = Numbers.HasTwoDigits || Packing.Bits <= DigitBits ? count : RunMax(Packing.Bits);
        for (var digit = 0; digit < (Numbers.HasTwoDigits ? 2 : 1); digit++)
        {
            for (var run = first; run < first + count; run += runs)
            {
                AddPairs(run, Math.Min(runs, first + count - run), digit);
                Widen(digit, isFirst: digit == 0 && run == first);
            }
        }
        if (Packing.Bias != 0)
        {
            SubtractBias(part);
        }
    }

    // Groups of four columns whose products fit 16 bits together: pairs of the largest number times −128.
    private static int RunMax(int bits) => (short.MaxValue + 1) / (2 * 128 << bits);

    // The sums of 16 bits; they become those of 32 in place where there is one run alone.
    private int Pairs(int vector, int token) =>
        AddsWithin16Bits(Packing) ? Product(vector, token) : PairSum(vector, token);

    private void AddPairs(int first, int count, int digit)
    {
        for (var columns = first; columns < first + count; columns++)
        {
            LoadNumbers(columns, Numbers.HasTwoDigits ? digit * DigitBits : null);
            for (var token = 0; token < Tokens; token++)
            {
                Simd.Broadcast(Shared, Input(token, columns * sizeof(int)));
                for (var vector = 0; vector < Vectors; vector++)
                {
                    if (columns == first)
                    {
                        Simd.PairProducts(Pairs(vector, token), Loaded(vector), Shared);
                        continue;
                    }
                    Simd.PairProducts(Temporary, Loaded(vector), Shared);
                    Simd.AddShorts(Pairs(vector, token), Temporary);
                }
            }
        }
    }

    private void Widen(int digit, bool isFirst) =>
        ForEachOutput(
            (vector, token) =>
            {
                var to = isFirst ? Product(vector, token) : Pairs(vector, token);
                Simd.AddPairs(to, Pairs(vector, token), (short)(1 << (digit * DigitBits)));
                if (!isFirst)
                {
                    Simd.Add(Product(vector, token), to);
                }
            }
        );

    private void SubtractBias(int part)
    {
        for (var token = 0; token < Tokens; token++)
        {
            LoadSum(Shared, token, part);
            Simd.Multiply(Shared, -Packing.Bias);
            for (var vector = 0; vector < Vectors; vector++)
            {
                Simd.Add(Product(vector, token), Shared);
            }
        }
    }
}
