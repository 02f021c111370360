using System.Globalization;
using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>
/// Makes a model's parts from its header: each names the tensor that it needs, and the shapes are checked here. No
/// weight is read; the loader fills what the builder has listed.
/// </summary>
/// <param name="header">The model's header.</param>
/// <param name="device">Where the weights will lie.</param>
/// <param name="exactActivations">Whether activations stay 32-bit floats before quantised matrices.</param>
internal sealed class ModelBuilder(ModelHeader header, CpuDevice device, bool exactActivations)
{
    private readonly Dictionary<string, MatrixKernel> _kernels = [];
    private readonly List<Linear> _linears = [];
    private readonly List<Vector> _vectors = [];

    /// <summary>Every projection, in the order of the model.</summary>
    public IReadOnlyList<Linear> Linears => _linears;

    /// <summary>Every vector.</summary>
    public IReadOnlyList<Vector> Vectors => _vectors;

    /// <summary>The forms in which any of the projections takes activations.</summary>
    public ActivationFormats Formats { get; private set; }

    /// <summary>Whether the file has that tensor.</summary>
    public bool Has(string name) => header.Tensors.ContainsKey(name);

    /// <summary>The projection <c>name.weight</c>, with <c>name.bias</c> where the file has it.</summary>
    /// <exception cref="InputException">It is missing or has another shape.</exception>
    public Linear Linear(LinearKind kind, string name, int rows, int columns) =>
        Part(kind, name, firstRow: 0, rows, columns, tensorRows: rows);

    /// <summary>The projection that is some rows of <c>name.weight</c>, of which the tensor has <paramref name="tensorRows"/>.</summary>
    /// <exception cref="InputException">It is missing or has another shape.</exception>
    public Linear Part(LinearKind kind, string name, int firstRow, int rows, int columns, long tensorRows)
    {
        var tensor = header.Tensor(name + ".weight");
        CheckShape(tensor, columns, tensorRows);
        if (columns % tensor.Format.BlockLength != 0)
        {
            throw new InputException(
                $"{header.Source}: tensor '{tensor.Name}' has rows of {columns}, no multiple of the {tensor.Format.BlockLength} of a {tensor.Format} block"
            );
        }
        var bias = Has(name + ".bias") ? Vector(name + ".bias", firstRow, rows, (int)tensorRows) : null;
        var linear = new Linear(kind, tensor, firstRow, new PackedMatrix(Kernel(tensor), rows, columns), bias);
        Formats |= linear.Matrix.Kernel.Input;
        _linears.Add(linear);
        return linear;
    }

    /// <summary>The experts of <c>name.weight</c>, [experts, rows, columns], each a projection.</summary>
    /// <exception cref="InputException">It is missing or has another shape.</exception>
    public Linear[] Experts(LinearKind kind, string name, int experts, int rows, int columns)
    {
        var parts = new Linear[experts];
        for (var expert = 0; expert < experts; expert++)
        {
            parts[expert] = Part(kind, name, expert * rows, rows, columns, (long)experts * rows);
        }
        return parts;
    }

    /// <summary>The norm of that name.</summary>
    /// <exception cref="InputException">It is missing or has another length.</exception>
    public Norm Norm(string name, int columns, float epsilon) => new(Vector(name, 0, columns, columns).Values, epsilon);

    private Vector Vector(string name, int first, int count, int length)
    {
        var tensor = header.Tensor(name);
        CheckShape(tensor, length, 1);
        var vector = new Vector(tensor, first, new Tensor(device.Arena, 1, count));
        _vectors.Add(vector);
        return vector;
    }

    private MatrixKernel Kernel(TensorInfo tensor)
    {
        if (!_kernels.TryGetValue(tensor.Format.Name, out var kernel))
        {
            kernel = MatrixKernel.For(tensor.Format, exactActivations);
            _kernels.Add(tensor.Format.Name, kernel);
        }
        return kernel;
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
}
