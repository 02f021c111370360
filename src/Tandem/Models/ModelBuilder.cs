using System.Globalization;
using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>
/// Makes a model's parts from its header: each names the tensor that it needs, and the shapes are checked here. No
/// weight is read; the loader fills what the builder has listed.
/// </summary>
/// <param name="header">The model's header.</param>
/// <param name="slice">The part of the model that is wanted.</param>
/// <param name="arena">Where the weights will lie.</param>
/// <param name="kernels">What multiplies with the weights.</param>
internal sealed class ModelBuilder(ModelHeader header, ModelSlice slice, Arena arena, KernelSet kernels)
{
    private readonly List<Linear> _linears = [];
    private readonly List<Vector> _vectors = [];

    /// <summary>Every projection, in the order of the model.</summary>
    public IReadOnlyList<Linear> Linears => _linears;

    /// <summary>Every vector.</summary>
    public IReadOnlyList<Vector> Vectors => _vectors;

    /// <summary>The rank's share of each layer.</summary>
    public RankShare Own => slice.Own;

    /// <summary>The forms in which any of the projections takes activations.</summary>
    public ActivationFormats Formats { get; private set; }

    /// <summary>Whether the file has that tensor.</summary>
    public bool Has(string name) => header.Tensors.ContainsKey(name);

    /// <summary>The projection <c>name.weight</c> that every rank holds whole.</summary>
    /// <exception cref="InputException">It is missing or has another shape.</exception>
    public Linear Whole(string name, int rows, int columns) =>
        Make(LinearKind.Whole, name, new TensorPart(0, rows, rows, Share.All(columns)));

    /// <summary>
    /// The projection <c>name.weight</c>, with <c>name.bias</c> where the file has it, of whose outputs the rank has a share.
    /// </summary>
    /// <param name="name">The tensor's name, without its ending.</param>
    /// <param name="rows">The rank's outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="offset">Where the projection begins in a tensor that holds several.</param>
    /// <param name="tensorRows">Rows of that tensor; null where it holds this one alone.</param>
    /// <exception cref="InputException">It is missing or has another shape.</exception>
    public Linear AllToSharded(string name, Share rows, int columns, int offset = 0, int? tensorRows = null) =>
        Make(
            LinearKind.AllToSharded,
            name,
            new TensorPart(offset + rows.First, rows.Count, tensorRows ?? rows.Whole, Share.All(columns))
        );

    /// <summary>
    /// The projection <c>name.weight</c> of whose inputs the rank has a share; rank 0 adds <c>name.bias</c> where the file has it.
    /// </summary>
    /// <param name="name">The tensor's name, without its ending.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">The rank's inputs.</param>
    /// <param name="offset">Where the projection begins in a tensor that holds several.</param>
    /// <param name="tensorRows">Rows of that tensor; null where it holds this one alone.</param>
    /// <exception cref="InputException">It is missing or has another shape.</exception>
    public Linear ShardedToAll(string name, int rows, Share columns, int offset = 0, int? tensorRows = null) =>
        Make(LinearKind.ShardedToAll, name, new TensorPart(offset, rows, tensorRows ?? rows, columns));

    /// <summary>The norm of that name.</summary>
    /// <exception cref="InputException">It is missing or has another length.</exception>
    public Norm Norm(string name, int columns, float epsilon) => Norm(name, Share.All(columns), epsilon);

    /// <summary>The norm of that name, of whose columns the rank has a share.</summary>
    /// <exception cref="InputException">It is missing or has another length.</exception>
    public Norm Norm(string name, Share columns, float epsilon) =>
        new(Vector(name, columns.First, columns.Count, columns.Whole).Values, epsilon);

    private Linear Make(LinearKind kind, string name, TensorPart part)
    {
        var tensor = header.Tensor(name + ".weight");
        CheckShape(tensor, part.Columns.Whole, part.TensorRows);
        if (tensor.Columns % tensor.Format.BlockLength != 0)
        {
            throw new InputException(
                $"{header.Source}: tensor '{tensor.Name}' has rows of {tensor.Columns}, no multiple of the {tensor.Format.BlockLength} of a {tensor.Format} block"
            );
        }
        // What every rank adds to its part of a sum would be added as often as there are ranks.
        var hasBias = Has(name + ".bias") && (kind != LinearKind.ShardedToAll || slice.Rank == 0);
        var bias = hasBias ? Vector(name + ".bias", part.FirstRow, part.Rows, part.TensorRows) : null;
        var matrix = new PackedMatrix(Kernel(tensor, part.Columns), part.Rows, part.Columns.Count);
        var linear = new Linear(kind, tensor, part.FirstRow, part.Columns.First, matrix, bias);
        Formats |= linear.Matrix.Kernel.Input;
        _linears.Add(linear);
        return linear;
    }

    private Vector Vector(string name, int first, int count, int length)
    {
        var tensor = header.Tensor(name);
        CheckShape(tensor, length, 1);
        var vector = new Vector(tensor, first, new Tensor(arena, 1, count));
        _vectors.Add(vector);
        return vector;
    }

    private MatrixKernel Kernel(TensorInfo tensor, Share columns)
    {
        var cutsBlocks =
            columns.First % tensor.Format.BlockLength != 0 || columns.Count % tensor.Format.BlockLength != 0;
        return kernels.For(tensor.Format, cutsBlocks);
    }

    private void CheckShape(TensorInfo tensor, long columns, long rows)
    {
        if (tensor.Columns != columns || tensor.Rows != rows)
        {
            var shape = string.Join(
                " × ",
                tensor.Shape.Select(length => length.ToString(CultureInfo.InvariantCulture))
            );
            throw new InputException(
                $"{header.Source}: tensor '{tensor.Name}' is {shape}, expected {columns} × {rows} by the metadata"
            );
        }
    }

    // Some rows and columns of a tensor.
    private readonly record struct TensorPart(int FirstRow, int Rows, int TensorRows, Share Columns);
}
