using Tandem.Formats;
using Tandem.Kernels.Generated;

namespace Tandem.Kernels;

/// <summary>The kernels of a model: one for each format and way of cutting, made when it is first asked for, and attention's.</summary>
internal sealed class KernelSet
{
    private readonly Dictionary<(string Format, bool CutsBlocks), MatrixKernel> _kernels = [];

    // What generated kernels are made of; null for those in C#.
    private readonly InstructionSet? _set;

    private readonly bool _exactActivations;
    private readonly bool _assembles;

    /// <summary>The kernels of a choice.</summary>
    /// <param name="choice">Which kind.</param>
    /// <param name="exactActivations">Whether activations stay 32-bit floats, as the reference mode wants.</param>
    /// <exception cref="InputException">The processor or the system does not have what the choice needs.</exception>
    public KernelSet(KernelChoice choice, bool exactActivations)
        : this(choice, exactActivations, assembles: true) { }

    private KernelSet(KernelChoice choice, bool exactActivations, bool assembles)
    {
        RequireAvailable(choice);
        (_set, _exactActivations, _assembles) = (SetOf(choice), exactActivations, assembles);
    }

    /// <summary>Kernels that pack and take activations like those of a choice, but cost nothing to make.</summary>
    public static KernelSet ForMeasuring(KernelChoice choice, bool exactActivations) =>
        new(choice, exactActivations, assembles: false);

    /// <summary>What the kernels of a choice are made of on this machine: <c>avx512</c>, <c>avxvnni</c>, <c>avx2</c> or <c>portable</c>.</summary>
    public static string Describe(KernelChoice choice) => SetOf(choice)?.Name ?? "portable";

    /// <summary>Whether this machine has what a choice needs.</summary>
    public static bool IsAvailable(KernelChoice choice) =>
        choice is KernelChoice.Fastest or KernelChoice.Portable || SetOf(choice) is not null;

    /// <summary>The kernel for a format.</summary>
    /// <param name="format">The format of the weights.</param>
    /// <param name="cutsBlocks">Whether the matrix is some columns of a file's that are no whole blocks of the format.</param>
    public MatrixKernel For(Format format, bool cutsBlocks)
    {
        var key = (format.Name, cutsBlocks);
        if (!_kernels.TryGetValue(key, out var kernel))
        {
            kernel = Make(format, cutsBlocks);
            _kernels.Add(key, kernel);
        }
        return kernel;
    }

    /// <summary>The kernel that attends to pages of a cache; made anew each time.</summary>
    /// <param name="page">How keys and values lie.</param>
    public AttentionKernel Attention(KvPage page)
    {
        AttentionKernel? generated = _assembles && _set is not null ? GeneratedAttention.TryCreate(_set, page) : null;
        return generated ?? new PortableAttention(page);
    }

    private static void RequireAvailable(KernelChoice choice)
    {
        if (!IsAvailable(choice))
        {
            var set = InstructionSet.All.Single(set => set.Choice == choice);
            var reason = set.IsSupported
                ? "this system refuses memory that becomes executable"
                : $"this processor has no {set.What}";
            throw new InputException(
                $"kernels {set.Name}: {reason}; use {Describe(KernelChoice.Fastest)}, or leave the choice to the program"
            );
        }
    }

    // The set that a choice names, or the fastest; null where the processor or the system does not have it.
    private static InstructionSet? SetOf(KernelChoice choice) =>
        choice == KernelChoice.Portable || !ExecutableMemory.IsAllowed
            ? null
            : InstructionSet.All.FirstOrDefault(set =>
                (choice == KernelChoice.Fastest || set.Choice == choice) && set.IsSupported
            );

    private MatrixKernel Make(Format format, bool cutsBlocks)
    {
        if (format.Packing is null)
        {
            return MakeFloat(format);
        }
        if (_exactActivations)
        {
            return new DequantisingKernel(format, cutsBlocks);
        }
        MatrixKernel? generated =
            _assembles && _set is not null ? GeneratedIntegerKernel.TryCreate(_set, format, cutsBlocks) : null;
        return generated ?? new IntegerKernel(format, cutsBlocks);
    }

    private MatrixKernel MakeFloat(Format format)
    {
        var generates = _assembles && _set is not null;
        var roundsToBFloat16 = !_exactActivations && _set == InstructionSet.Avx512 && CpuFeatures.HasAvx512BFloat16;
        if (format.Widening == FloatWidening.BF16 && roundsToBFloat16)
        {
            return (generates ? GeneratedBFloat16Kernel.TryCreate(format) : null) ?? new BFloat16Kernel(format);
        }
        return (generates ? GeneratedFloatKernel.TryCreate(_set!, format) : null) ?? new FloatKernel(format);
    }
}
