namespace Tandem.Kernels.Generated;

/// <summary>
/// Pairs of bfloat16 weights with pairs of bfloat16 activations, by AVX-512 BF16. Even and odd pairs have a sum each, as in
/// <see cref="BFloat16Kernel"/>, so the bits are the same.
/// </summary>
/// <param name="target">What the kernel is assembled for.</param>
/// <param name="size">The tile.</param>
internal sealed class BFloat16TileAssembler(TileTarget target, TileSize size) : TileAssembler(target, size)
{
    /// <summary>Registers of an output: its two sums.</summary>
    public const int RegistersAnOutput = 2;

    private const int RowBytes = 2 * sizeof(ushort);
    private const int PairBytes = PanelLayout.GroupRows * RowBytes;
    private const int InputPairBytes = 2 * sizeof(ushort);

    /// <inheritdoc/>
    protected override int AheadTokensMin => 3;

    /// <inheritdoc/>
    protected override void AddProducts()
    {
        ForEachOutput((vector, token) => Simd.Clear(Product(vector, token)));
        var step = Code.CreateLabel();
        Code.Label(ref step);
        AddPair(0, Output);
        AddPair(1, Product);
        ReadAhead(ahead => ahead + 0, 2 * PairBytes);
        AdvanceWeights(2 * PairBytes);
        AdvanceInput(2 * InputPairBytes);
        Code.dec(Count);
        Code.jnz(step);
        ForEachOutput((vector, token) => Simd.AddFloats(Output(vector, token), Product(vector, token)));
    }

    private void AddPair(int pair, Func<int, int, int> sum)
    {
        for (var vector = 0; vector < Vectors; vector++)
        {
            Simd.Load(Loaded(vector), Rows(vector, pair * PairBytes, RowBytes));
        }
        for (var token = 0; token < Tokens; token++)
        {
            var numbers = Input(token, pair * InputPairBytes);
            if (Vectors == 1)
            {
                Simd.AddPairProductsBroadcast(sum(0, token), Loaded(0), numbers);
                continue;
            }
            Simd.Broadcast(Shared, numbers);
            for (var vector = 0; vector < Vectors; vector++)
            {
                Simd.AddPairProducts(sum(vector, token), Loaded(vector), Shared);
            }
        }
    }
}
