using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Pairs of bfloat16 weights with pairs of bfloat16 activations, by AVX-512 BF16. Even and odd pairs have a sum each, as in
/// <see cref="BFloat16Kernel"/>, so the bits are the same.
/// </summary>
/// <param name="assembler">Takes the instructions.</param>
/// <param name="convention">How the kernel is called.</param>
/// <param name="groups">Groups of rows of the tile, 1 or 2.</param>
/// <param name="tokens">Tokens of the tile, 1 to 6.</param>
internal sealed class BFloat16TileAssembler(Assembler assembler, CallingConvention convention, int groups, int tokens)
    : TileAssembler(assembler, convention, groups, tokens)
{
    private const int PairBytes = PanelLayout.GroupRows * 2 * sizeof(ushort);
    private const int InputPairBytes = 2 * sizeof(ushort);

    private static AssemblerRegisterZMM Shared => Other(4);

    /// <inheritdoc/>
    protected override void AddProducts()
    {
        ForEachOutput((group, token) => Clear(Product(group, token)));
        var step = Code.CreateLabel();
        Code.Label(ref step);
        AddPair(0, Output);
        AddPair(1, Product);
        ReadAhead(ahead => ahead + 0, 2 * PairBytes);
        AdvanceWeights(2 * PairBytes);
        AdvanceInput(2 * InputPairBytes);
        Code.dec(Count);
        Code.jnz(step);
        ForEachOutput((group, token) => Code.vaddps(Output(group, token), Output(group, token), Product(group, token)));
    }

    private void AddPair(int pair, Func<int, int, AssemblerRegisterZMM> sum)
    {
        for (var group = 0; group < Groups; group++)
        {
            Code.vmovups(Other(group), __zmmword_ptr[Weights[group] + pair * PairBytes]);
        }
        for (var token = 0; token < Tokens; token++)
        {
            var numbers = Input(token, pair * InputPairBytes);
            if (Groups == 1)
            {
                Code.vdpbf16ps(sum(0, token), Other(0), __dword_bcst[numbers]);
                continue;
            }
            Code.vbroadcastss(Shared, __dword_ptr[numbers]);
            Code.vdpbf16ps(sum(0, token), Other(0), Shared);
            Code.vdpbf16ps(sum(1, token), Other(1), Shared);
        }
    }
}
