using Iced.Intel;
using Tandem.Formats;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Quantised weights with 8-bit activations, by AVX-512 VNNI, straight from packed memory. The additions are those of
/// <see cref="IntegerKernel"/>, in the same order, so the bits are the same.
/// </summary>
/// <param name="assembler">Takes the instructions.</param>
/// <param name="layout">How the weights lie.</param>
/// <param name="constants">Where constants go.</param>
/// <param name="convention">How the kernel is called.</param>
/// <param name="groups">Groups of rows of the tile, 1 or 2.</param>
/// <param name="tokens">Tokens of the tile, 1 to 6.</param>
internal sealed class IntegerTileAssembler(
    Assembler assembler,
    PanelLayout layout,
    ConstantPool constants,
    CallingConvention convention,
    int groups,
    int tokens
) : TileAssembler(assembler, convention, groups, tokens)
{
    private const int VectorsAPanel = 8;
    private const int ScaleVectorBytes = PanelLayout.GroupRows * sizeof(float);
    private const int HalfVectorBytes = PanelLayout.GroupRows * sizeof(ushort);

    private readonly NumberAssembler _numbers = new(assembler, layout.Packing, constants);

    private Packing Packing => layout.Packing;

    private int Parts => layout.ScalesAPanel;

    // One column in each lane: scratch of weights and scales by turns.
    private static AssemblerRegisterZMM First(int group) => Other(2 + group);

    private static AssemblerRegisterZMM Scratch => Other(4);

    private static AssemblerRegisterZMM Second(int group) => Other(6 + group);

    /// <inheritdoc/>
    protected override void AddProducts()
    {
        _numbers.LoadConstants();
        var super = Code.CreateLabel();
        Code.Label(ref super);
        if (layout.SuperPanels == 1)
        {
            AddPanel();
        }
        else
        {
            Code.xor(Offset, Offset);
            var panel = Code.CreateLabel();
            Code.Label(ref panel);
            AddPanel();
            Code.add(Offset, layout.PackedPanelBytes);
            Code.cmp(Offset, layout.SuperPanels * layout.PackedPanelBytes);
            Code.jb(panel);
        }
        AdvanceWeights(layout.SuperBytes);
        Code.dec(Count);
        Code.jnz(super);
    }

    private void AddPanel()
    {
        ReadAhead(
            ahead => layout.SuperPanels == 1 ? ahead + 0 : ahead + Offset,
            layout.SuperBytes / layout.SuperPanels
        );
        for (var part = 0; part < Parts; part++)
        {
            StartDots(part);
            AddDots(part);
            AddScaled(part);
            if (Packing.MinSign != 0)
            {
                AddMins(part);
            }
        }
        AdvanceInput(PanelLayout.PanelColumns);
        AdvanceScales(sizeof(float));
        AdvanceSums(2 * sizeof(int));
    }

    private AssemblerMemoryOperand Panel(int group) =>
        layout.SuperPanels == 1 ? Weights[group] + layout.HeaderBytes : Weights[group] + Offset + layout.HeaderBytes;

    // The products of the numbers' bias are subtracted before any other.
    private void StartDots(int part)
    {
        for (var token = 0; token < Tokens; token++)
        {
            var dot = Product(0, token);
            if (Packing.Bias == 0)
            {
                Clear(dot);
            }
            else
            {
                LoadSum(dot, token, part);
                Code.vpmulld(dot, dot, __dword_bcst[constants.Number(-Packing.Bias)]);
            }
            if (Groups == 2)
            {
                Code.vmovdqa64(Product(1, token), dot);
            }
        }
    }

    private void LoadSum(AssemblerRegisterZMM sum, int token, int part)
    {
        if (Parts == 2)
        {
            Code.vpbroadcastd(sum, __dword_ptr[Sum(token, part * sizeof(int))]);
            return;
        }
        Code.vpbroadcastd(sum, __dword_ptr[Sum(token, 0)]);
        Code.vpaddd(sum, sum, __dword_bcst[Sum(token, sizeof(int))]);
    }

    private void AddDots(int part)
    {
        var vectors = VectorsAPanel / Parts;
        for (var vector = part * vectors; vector < (part + 1) * vectors; vector++)
        {
            for (var group = 0; group < Groups; group++)
            {
                _numbers.Load(First(group), Panel(group), vector);
            }
            for (var token = 0; token < Tokens; token++)
            {
                var columns = Input(token, vector * sizeof(int));
                if (Groups == 1)
                {
                    Code.vpdpbusd(Product(0, token), First(0), __dword_bcst[columns]);
                    continue;
                }
                Code.vpbroadcastd(Scratch, __dword_ptr[columns]);
                Code.vpdpbusd(Product(0, token), First(0), Scratch);
                Code.vpdpbusd(Product(1, token), First(1), Scratch);
            }
        }
    }

    private void AddScaled(int part)
    {
        for (var group = 0; group < Groups; group++)
        {
            LoadScale(First(group), group, part, isMin: false);
        }
        for (var token = 0; token < Tokens; token++)
        {
            for (var group = 0; group < Groups; group++)
            {
                var dot = Product(group, token);
                Code.vmulps(Second(group), First(group), __dword_bcst[Scale(token, 0)]);
                Code.vcvtdq2ps(dot, dot);
                Code.vfmadd231ps(Output(group, token), dot, Second(group));
            }
        }
    }

    private void AddMins(int part)
    {
        for (var group = 0; group < Groups; group++)
        {
            LoadScale(First(group), group, part, isMin: true);
        }
        for (var token = 0; token < Tokens; token++)
        {
            LoadSum(Scratch, token, part);
            Code.vcvtdq2ps(Scratch, Scratch);
            Code.vmulps(Scratch, Scratch, __dword_bcst[Scale(token, 0)]);
            for (var group = 0; group < Groups; group++)
            {
                // Where the scales of cut blocks lie, the sign is in them already.
                if (Packing.MinSign < 0 && !layout.CutsBlocks)
                {
                    Code.vfnmadd231ps(Output(group, token), First(group), Scratch);
                }
                else
                {
                    Code.vfmadd231ps(Output(group, token), First(group), Scratch);
                }
            }
        }
    }

    // A scale or min of 16 rows: that of the super-block times that of the part, where it has one.
    private void LoadScale(AssemblerRegisterZMM scale, int group, int part, bool isMin)
    {
        if (layout.CutsBlocks)
        {
            Code.vmovups(scale, __zmmword_ptr[Weights[group] + ((isMin ? Parts : 0) + part) * ScaleVectorBytes]);
            return;
        }
        Code.vcvtph2ps(scale, __ymmword_ptr[Weights[group] + (isMin ? HalfVectorBytes : 0)]);
        if (!Packing.HasSubScales)
        {
            return;
        }
        var subScales = Panel(group) + layout.PackedNumberBytes;
        var factor = Second(group);
        if (Packing.SharesScaleByte)
        {
            Code.vpmovzxbd(factor, __xmmword_ptr[subScales + part * PanelLayout.GroupRows]);
            if (isMin)
            {
                Code.vpsrld(factor, factor, 4);
            }
            else
            {
                Code.vpandd(factor, factor, __dword_bcst[constants.Number(15)]);
            }
        }
        else
        {
            var index = (isMin ? Parts : 0) + part;
            Code.vpmovsxbd(factor, __xmmword_ptr[subScales + index * PanelLayout.GroupRows]);
        }
        Code.vcvtdq2ps(factor, factor);
        Code.vmulps(scale, scale, factor);
    }
}
