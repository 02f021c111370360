using Iced.Intel;
using Tandem.Formats;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Floating-point weights with activations as floats, by AVX-512. Even and odd columns have a sum each, as in
/// <see cref="FloatKernel"/>, so the bits are the same.
/// </summary>
/// <param name="assembler">Takes the instructions.</param>
/// <param name="format">The format of the weights.</param>
/// <param name="convention">How the kernel is called.</param>
/// <param name="groups">Groups of rows of the tile, 1 or 2.</param>
/// <param name="tokens">Tokens of the tile, 1 to 6.</param>
internal sealed class FloatTileAssembler(
    Assembler assembler,
    Format format,
    CallingConvention convention,
    int groups,
    int tokens
) : TileAssembler(assembler, convention, groups, tokens)
{
    private int ColumnBytes => PanelLayout.GroupRows * format.BlockBytes;

    private static AssemblerRegisterZMM Shared => Other(4);

    /// <inheritdoc/>
    protected override void AddProducts()
    {
        ForEachOutput((group, token) => Clear(Product(group, token)));
        var pair = Code.CreateLabel();
        Code.Label(ref pair);
        AddColumn(0, Output);
        AddColumn(1, Product);
        ReadAhead(ahead => ahead + 0, 2 * ColumnBytes);
        AdvanceWeights(2 * ColumnBytes);
        AdvanceInput(2 * sizeof(float));
        Code.dec(Count);
        Code.jnz(pair);
        ForEachOutput((group, token) => Code.vaddps(Output(group, token), Output(group, token), Product(group, token)));
    }

    private void AddColumn(int column, Func<int, int, AssemblerRegisterZMM> sum)
    {
        for (var group = 0; group < Groups; group++)
        {
            Load(Other(group), Weights[group] + column * ColumnBytes);
        }
        for (var token = 0; token < Tokens; token++)
        {
            var value = Input(token, column * sizeof(float));
            if (Groups == 1)
            {
                Code.vfmadd231ps(sum(0, token), Other(0), __dword_bcst[value]);
                continue;
            }
            Code.vbroadcastss(Shared, __dword_ptr[value]);
            Code.vfmadd231ps(sum(0, token), Other(0), Shared);
            Code.vfmadd231ps(sum(1, token), Other(1), Shared);
        }
    }

    private void Load(AssemblerRegisterZMM weights, AssemblerMemoryOperand column)
    {
        switch (format.Widening)
        {
            case FloatWidening.None:
                Code.vmovups(weights, __zmmword_ptr[column]);
                break;
            case FloatWidening.BF16:
                Code.vpmovzxwd(weights, __ymmword_ptr[column]);
                Code.vpslld(weights, weights, 16);
                break;
            default:
                Code.vcvtph2ps(weights, __ymmword_ptr[column]);
                break;
        }
    }
}
