using Tandem.Formats;
using Tandem.Kernels.Generated;

namespace Tandem.Kernels;

/// <summary>The kernels of a model: one for each format and way of cutting, made when it is first asked for.</summary>
internal sealed class KernelSet
{
    private readonly Dictionary<(string Format, bool CutsBlocks), MatrixKernel> _kernels = [];

    private readonly KernelChoice _choice;
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
        (_choice, _exactActivations, _assembles) = (choice, exactActivations, assembles);
    }

    /// <summary>Kernels that pack and take activations like those of a choice, but cost nothing to make.</summary>
    public static KernelSet ForMeasuring(KernelChoice choice, bool exactActivations) =>
        new(choice, exactActivations, assembles: false);

    /// <summary>What such kernels are made of on this machine: <c>avx512</c>, or the instructions of those in C#.</summary>
    public static string Describe(KernelChoice choice) => UsesAvx512(choice) ? "avx512" : IntegerDot.Instructions;

    /// <summary>Whether this machine has what a choice needs.</summary>
    public static bool IsAvailable(KernelChoice choice) => choice != KernelChoice.Avx512 || UsesAvx512(choice);

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

    private static void RequireAvailable(KernelChoice choice)
    {
        if (!IsAvailable(choice))
        {
            var reason = CpuFeatures.HasAvx512Vnni
                ? "this system refuses memory that becomes executable"
                : "this processor has no AVX-512 with VNNI";
            throw new InputException($"kernels avx512: {reason}; use portable, or leave the choice to the program");
        }
    }

    private static bool UsesAvx512(KernelChoice choice) =>
        choice != KernelChoice.Portable && CpuFeatures.HasAvx512Vnni && ExecutableMemory.IsAllowed;

    private MatrixKernel Make(Format format, bool cutsBlocks)
    {
        var generates = _assembles && UsesAvx512(_choice);
        if (format.Packing is null)
        {
            return MakeFloat(format, generates);
        }
        if (_exactActivations)
        {
            return new DequantisingKernel(format, cutsBlocks);
        }
        MatrixKernel? generated = generates ? Avx512IntegerKernel.TryCreate(format, cutsBlocks) : null;
        return generated ?? new IntegerKernel(format, cutsBlocks);
    }

    private MatrixKernel MakeFloat(Format format, bool generates)
    {
        if (
            format.Widening == FloatWidening.BF16
            && !_exactActivations
            && UsesAvx512(_choice)
            && CpuFeatures.HasAvx512BFloat16
        )
        {
            return (generates ? Avx512BFloat16Kernel.TryCreate(format) : null) ?? new BFloat16Kernel(format);
        }
        return (generates ? Avx512FloatKernel.TryCreate(format) : null) ?? new FloatKernel(format);
    }
}
