using Tandem.Formats;
using Tandem.Kernels.Generated;

namespace Tandem.Kernels;

/// <summary>The kernels of a model: one for each format and way of cutting, made when it is first asked for.</summary>
/// <param name="choice">Which kind.</param>
/// <param name="exactActivations">Whether activations stay 32-bit floats, as the reference mode wants.</param>
internal sealed class KernelSet(KernelChoice choice, bool exactActivations)
{
    private readonly Dictionary<(string Format, bool CutsBlocks), MatrixKernel> _kernels = [];

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

    private static bool UsesAvx512(KernelChoice choice) =>
        choice != KernelChoice.Portable && CpuFeatures.HasAvx512Vnni && ExecutableMemory.IsAllowed;

    private MatrixKernel Make(Format format, bool cutsBlocks)
    {
        if (format.Packing is null)
        {
            return new FloatKernel(format);
        }
        if (exactActivations)
        {
            return new DequantisingKernel(format, cutsBlocks);
        }
        var generated = UsesAvx512(choice) ? Avx512IntegerKernel.TryCreate(format, cutsBlocks) : null;
        return generated ?? (MatrixKernel)new IntegerKernel(format, cutsBlocks);
    }
}
