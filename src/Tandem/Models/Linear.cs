using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>A projection, y = W·x (+ bias): the only part of a block that knows how its matrix is held.</summary>
/// <param name="kind">How it is cut when ranks share the layer.</param>
/// <param name="source">The tensor that holds its rows.</param>
/// <param name="firstRow">The first of its rows within that tensor.</param>
/// <param name="firstColumn">The first of its columns within that tensor.</param>
/// <param name="matrix">Its packed weights, [outputs, inputs]; the loader fills them.</param>
/// <param name="bias">One row, or null.</param>
internal sealed class Linear(
    LinearKind kind,
    TensorInfo source,
    long firstRow,
    int firstColumn,
    PackedMatrix matrix,
    Vector? bias
)
{
    public LinearKind Kind => kind;

    /// <summary>The tensor that holds its rows.</summary>
    public TensorInfo Source => source;

    /// <summary>The first of its rows within <see cref="Source"/>.</summary>
    public long FirstRow => firstRow;

    /// <summary>The first of its columns within <see cref="Source"/>.</summary>
    public int FirstColumn => firstColumn;

    /// <summary>The packed weights.</summary>
    public PackedMatrix Matrix => matrix;

    /// <summary>Multiplies the first <paramref name="rows"/> rows.</summary>
    public void Forward(CpuDevice device, Activation input, Tensor output, int rows) =>
        device.Multiply(matrix, bias?.Values, input, output, rows);
}
