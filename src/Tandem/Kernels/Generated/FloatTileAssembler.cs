using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Floating-point weights with activations as floats. Even and odd columns have a sum each, as in <see cref="FloatKernel"/>, so
/// the bits are the same.
/// </summary>
/// <param name="target">What the kernel is assembled for.</param>
/// <param name="format">The format of the weights.</param>
/// <param name="size">The tile.</param>
internal sealed class FloatTileAssembler(TileTarget target, Format format, TileSize size) : TileAssembler(target, size)
{
    /// <summary>Registers of an output: its two sums.</summary>
    public const int RegistersAnOutput = 2;

    /// <inheritdoc/>
    protected override int AheadTokensMin => format.Widening == FloatWidening.None ? 3 : 2;

    private int ColumnBytes => PanelLayout.GroupRows * format.BlockBytes;

    /// <inheritdoc/>
    protected override void AddProducts()
    {
        ForEachOutput((vector, token) => Simd.Clear(Product(vector, token)));
        var pair = Code.CreateLabel();
        Code.Label(ref pair);
        AddColumn(0, Output);
        AddColumn(1, Product);
        ReadAhead(ahead => ahead + 0, 2 * ColumnBytes);
        AdvanceWeights(2 * ColumnBytes);
        AdvanceInput(2 * sizeof(float));
        Code.dec(Count);
        Code.jnz(pair);
        ForEachOutput((vector, token) => Simd.AddFloats(Output(vector, token), Product(vector, token)));
    }

    private void AddColumn(int column, Func<int, int, int> sum)
    {
        for (var vector = 0; vector < Vectors; vector++)
        {
            Load(vector, column);
        }
        for (var token = 0; token < Tokens; token++)
        {
            var value = Input(token, column * sizeof(float));
            if (Vectors == 1)
            {
                Simd.AddProductsBroadcast(sum(0, token), Loaded(0), value);
                continue;
            }
            Simd.Broadcast(Shared, value);
            for (var vector = 0; vector < Vectors; vector++)
            {
                Simd.AddProducts(sum(vector, token), Loaded(vector), Shared);
            }
        }
    }

    private void Load(int vector, int column)
    {
        var rows = Rows(vector, column * ColumnBytes, format.BlockBytes);
        switch (format.Widening)
        {
            case FloatWidening.None:
                Simd.Load(Loaded(vector), rows);
                break;
            case FloatWidening.BF16:
                Simd.WidenShorts(Loaded(vector), rows);
                Simd.ShiftLeft(Loaded(vector), 16);
                break;
            default:
                Simd.FromHalf(Loaded(vector), rows);
                break;
        }
    }
}
