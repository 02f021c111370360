using System.Runtime.Intrinsics.X86;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Kernels.Generated;

namespace Tandem.Tests.Kernels;

/// <summary>
/// The sets of instructions that kernels are generated of, by name; the products of AVX-VNNI also in AVX-512's encoding, so that
/// a processor that has the one and not the other runs all the rest of it.
/// </summary>
internal static class TestSets
{
    private const string TwinName = "avxvnni as EVEX";

    /// <summary>All of them; AVX-VNNI as itself where the processor has it.</summary>
    public static IEnumerable<string> Names =>
        InstructionSet.All.Select(set => set == InstructionSet.AvxVnni && !set.IsSupported ? TwinName : set.Name);

    /// <summary>The products of AVX-VNNI in AVX-512's encoding.</summary>
    public static InstructionSet Twin { get; } = InstructionSet.AvxVnni with { DotIsEvex = true };

    /// <summary>The names of those that this machine runs.</summary>
    public static IEnumerable<string> Runnable => Names.Where(IsRunnable);

    /// <summary>The set of that name.</summary>
    public static InstructionSet ByName(string name) =>
        name == TwinName ? Twin : InstructionSet.All.Single(set => set.Name == name);

    /// <summary>Skips a test where the machine does not run a set.</summary>
    public static InstructionSet Require(string name)
    {
        Assert.SkipUnless(
            HasInstructions(name),
            $"this processor has no {(name == TwinName ? InstructionSet.Avx512.What : ByName(name).What)}"
        );
        Assert.SkipUnless(ExecutableMemory.IsAllowed, "this system refuses executable memory");
        return ByName(name);
    }

    /// <summary>The kernel of a set that multiplies with integers, or with floats where the format is of floats.</summary>
    public static MatrixKernel Kernel(InstructionSet set, Format format, bool cutsBlocks) =>
        format.Packing is null
            ? GeneratedFloatKernel.TryCreate(set, format)!
            : GeneratedIntegerKernel.TryCreate(set, format, cutsBlocks)!;

    private static bool IsRunnable(string name) => ExecutableMemory.IsAllowed && HasInstructions(name);

    private static bool HasInstructions(string name) =>
        name == TwinName ? Avx512F.VL.IsSupported && CpuFeatures.HasAvx512Vnni : ByName(name).IsSupported;
}
