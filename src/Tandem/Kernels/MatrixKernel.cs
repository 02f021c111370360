using Tandem.Formats;
using Tandem.Kernels.Generated;

namespace Tandem.Kernels;

/// <summary>
/// y = W·x for weights of one format and any number of rows (tokens) of x. Every kernel adds the products of an output
/// in one order, whatever the number of tokens beside it, so that a token's result never depends on its company.
/// </summary>
internal abstract unsafe class MatrixKernel
{
    /// <summary>
    /// So few tokens wait for memory alone, and one stream of it is what the processor reads ahead best; more may take groups in pairs. Where
    /// a stream is best asked for, four still read one faster (bench/NOTES.md).
    /// </summary>
    public static int OneStreamTokensMax { get; } = CpuFeatures.ReadsStreamsBestUnasked ? 2 : 4;

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
    /// Multiplies <paramref name="groups"/> groups that lie one behind the other with <paramref name="tokens"/> rows of
    /// activations; the 16 outputs of group g and token t go to <paramref name="y"/> + t × <paramref name="yStride"/> + 16 × g.
    /// </summary>
    public abstract void Multiply(
        byte* group,
        int groups,
        int columns,
        in ActivationView x,
        int tokens,
        float* y,
        long yStride
    );

    /// <summary>Takes one row of a group out again, as floats.</summary>
    public abstract void ReadRow(byte* group, int columns, int row, float* values);
}
