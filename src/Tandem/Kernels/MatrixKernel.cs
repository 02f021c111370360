using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// y = W·x for weights of one format and any number of rows (tokens) of x. Every kernel adds the products of an output
/// in one order, whatever the number of tokens beside it, so that a token's result never depends on its company.
/// </summary>
internal abstract unsafe class MatrixKernel
{
    /// <summary>The format that the weights come in.</summary>
    public abstract Format Format { get; }

    /// <summary>The form in which it takes activations.</summary>
    public abstract ActivationFormats Input { get; }

    /// <summary>Bytes of a packed group of 16 rows.</summary>
    public abstract long GroupBytes(int columns);

    /// <summary>
    /// Packs a group from some columns of up to 16 rows as they lie in the file; missing rows become zeros.
    /// </summary>
    public abstract void PackGroup(SourceRows source, int firstColumn, int columns, byte* packed);

    /// <summary>
    /// Multiplies one group with <paramref name="tokens"/> rows of activations; the 16 outputs of token t go to
    /// <paramref name="y"/> + t × <paramref name="yStride"/>.
    /// </summary>
    public abstract void Multiply(byte* group, int columns, in ActivationView x, int tokens, float* y, long yStride);

    /// <summary>Takes one row of a group out again, as floats.</summary>
    public abstract void ReadRow(byte* group, int columns, int row, float* values);

    /// <summary>The kernel for a format.</summary>
    /// <param name="format">The format of the weights.</param>
    /// <param name="exactActivations">Whether activations stay 32-bit floats, as the reference mode wants.</param>
    /// <param name="cutsBlocks">Whether the matrix is some columns of a file's that are no whole blocks of the format.</param>
    public static MatrixKernel For(Format format, bool exactActivations, bool cutsBlocks = false) =>
        format.Packing is null ? new FloatKernel(format)
        : exactActivations ? new DequantisingKernel(format, cutsBlocks)
        : new IntegerKernel(format, cutsBlocks);
}
