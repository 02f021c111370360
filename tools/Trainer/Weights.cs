using static Tandem.Trainer.ParameterLayout;

namespace Tandem.Trainer;

/// <summary>The parameters, and beside them each matrix transposed, as the forward products read it.</summary>
internal sealed unsafe class Weights : IDisposable
{
    private readonly FloatBuffer _values;
    private readonly FloatBuffer _transposed;

    /// <summary>Zeros.</summary>
    public Weights(ParameterLayout layout)
    {
        Layout = layout;
        _values = new FloatBuffer(layout.Length);
        _transposed = new FloatBuffer(layout.Length);
    }

    /// <summary>Where each parameter lies.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>All parameters; call <see cref="Transpose"/> after changing them.</summary>
    public FloatBuffer Values => _values;

    /// <summary>
    /// Random weights: normal with a deviation of 0.5 / √inputs, smaller where a block adds to the residual stream
    /// (so that depth does not raise its variance); gains of one.
    /// </summary>
    public static Weights Random(ParameterLayout layout, ulong seed)
    {
        var weights = new Weights(layout);
        var random = new CountedRandom(seed);
        var residualScale = 1 / MathF.Sqrt(2 * layout.Shape.Layers);
        var residual = layout.Blocks.SelectMany(block => new[] { block.AttentionOut, block.Down }).ToHashSet();
        foreach (var matrix in layout.Matrices)
        {
            var deviation = 0.5f / MathF.Sqrt(matrix.Columns) * (residual.Contains(matrix) ? residualScale : 1);
            foreach (ref var value in weights._values.Span(matrix.Offset, matrix.Length))
            {
                value = matrix.IsNorm ? 1 : deviation * random.Normal();
            }
        }
        weights.Transpose();
        return weights;
    }

    /// <summary>The first value of a matrix.</summary>
    public float* At(Matrix matrix) => _values.Data + matrix.Offset;

    /// <summary>A matrix as it lies, [outputs, inputs].</summary>
    public Gemm.Rows Plain(Matrix matrix) => new(At(matrix), matrix.Columns);

    /// <summary>A matrix transposed, [inputs, outputs].</summary>
    public Gemm.Rows Transposed(Matrix matrix) => new(_transposed.Data + matrix.Offset, matrix.Rows);

    /// <summary>Renews the transposed copies.</summary>
    public void Transpose()
    {
        foreach (var matrix in Layout.Matrices)
        {
            var from = _values.Data + matrix.Offset;
            var to = _transposed.Data + matrix.Offset;
            for (var row = 0; row < matrix.Rows; row++)
            {
                for (var column = 0; column < matrix.Columns; column++)
                {
                    to[(column * matrix.Rows) + row] = from[(row * matrix.Columns) + column];
                }
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _values.Dispose();
        _transposed.Dispose();
    }
}
