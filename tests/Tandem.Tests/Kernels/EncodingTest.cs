using Iced.Intel;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Kernels.Generated;

namespace Tandem.Tests.Kernels;

/// <summary>What generated kernels are made of, read back from their bytes: also those that this processor cannot run.</summary>
public sealed class EncodingTest
{
    private static readonly CpuidFeature[] _plain =
    [
        CpuidFeature.INTEL8086,
        CpuidFeature.INTEL186,
        CpuidFeature.INTEL386,
        CpuidFeature.INTEL486,
        CpuidFeature.X64,
        CpuidFeature.SSE,
    ];

    private static readonly CpuidFeature[] _avx2 =
    [
        .. _plain,
        CpuidFeature.AVX,
        CpuidFeature.AVX2,
        CpuidFeature.FMA,
        CpuidFeature.F16C,
    ];

    private static readonly CpuidFeature[] _avx512 =
    [
        .. _avx2,
        CpuidFeature.AVX512F,
        CpuidFeature.AVX512BW,
        CpuidFeature.AVX512_VNNI,
    ];

    public static TheoryData<string> Formats => [.. FormatTable.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Kernels_have_no_instruction_beyond_those_of_their_set(string name)
    {
        var format = FormatTable.ByName(name)!;
        CheckFeatures(InstructionSet.Avx2, format, _avx2);
        CheckFeatures(InstructionSet.AvxVnni, format, [.. _avx2, CpuidFeature.AVX_VNNI]);
        CheckFeatures(InstructionSet.Avx512, format, _avx512);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Avx_vnni_differs_from_what_avx512_runs_in_the_encoding_of_its_products_alone(string name)
    {
        var format = FormatTable.ByName(name)!;
        var own = Decode(InstructionSet.AvxVnni, format);
        var twin = Decode(TestSets.Twin, format);
        Assert.Equal(own.Count, twin.Count);
        for (var i = 0; i < own.Count; i++)
        {
            // Jumps and constants lie elsewhere, as the encodings differ in length.
            var moves = own[i].IsIPRelativeMemoryOperand || own[i].FlowControl != FlowControl.Next;
            Assert.Equal(own[i].Mnemonic, twin[i].Mnemonic);
            Assert.True(moves || own[i].ToString() == twin[i].ToString(), $"{own[i]} and {twin[i]}");
            var isProduct = own[i].Mnemonic == Mnemonic.Vpdpbusd;
            Assert.Equal(isProduct ? Code.VEX_Vpdpbusd_ymm_ymm_ymmm256 : own[i].Code, own[i].Code);
            Assert.Equal(isProduct ? Code.EVEX_Vpdpbusd_ymm_k1z_ymm_ymmm256b32 : own[i].Code, twin[i].Code);
        }
        Assert.Equal(format.Packing is not null, own.Exists(one => one.Mnemonic == Mnemonic.Vpdpbusd));
    }

    private static void CheckFeatures(InstructionSet set, Format format, CpuidFeature[] allowed)
    {
        foreach (var instruction in Decode(set, format))
        {
            Assert.True(
                instruction.CpuidFeatures.All(feature => allowed.Contains(feature)),
                $"{set.Name}, {format}: {instruction} needs {string.Join(", ", instruction.CpuidFeatures)}"
            );
        }
    }

    // The instructions of all tiles, each up to its return.
    private static List<Instruction> Decode(InstructionSet set, Format format)
    {
        var (code, offsets) = format.Packing is null
            ? Assemble(
                set,
                new TileSizes(set, FloatTileAssembler.RegistersAnOutput),
                (target, size) => new FloatTileAssembler(target, format, size)
            )
            : AssembleIntegers(set, new PanelLayout(format, cutsBlocks: false));
        var instructions = new List<Instruction>();
        foreach (var offset in offsets)
        {
            var decoder = Decoder.Create(64, code[offset..], (ulong)offset);
            Instruction instruction;
            do
            {
                instruction = decoder.Decode();
                Assert.False(instruction.IsInvalid);
                instructions.Add(instruction);
            } while (instruction.Mnemonic != Mnemonic.Ret);
        }
        return instructions;
    }

    private static (byte[] Code, int[] Offsets) AssembleIntegers(InstructionSet set, PanelLayout layout) =>
        Assemble(
            set,
            IntegerTileAssembler.Sizes(set, layout.Packing),
            (target, size) => IntegerTileAssembler.Create(target, layout, size)
        );

    private static (byte[] Code, int[] Offsets) Assemble(InstructionSet set, TileSizes sizes, TileFactory factory) =>
        GeneratedCode.Assemble(set, sizes, factory, CallingConvention.SystemV);
}
