namespace Tandem.Devices.Operations;

/// <summary>The sum of squares over some columns of each row; a tile a row.</summary>
internal sealed unsafe class SumSquaresOperation : Operation
{
    private Tensor? _values;
    private Tensor? _sums;
    private int _firstColumn;
    private int _columns;

    public void Set(Tensor values, int firstColumn, int columns, Tensor sums, int rows)
    {
        (_values, _firstColumn, _columns, _sums) = (values, firstColumn, columns, sums);
        Tiles = rows;
    }

    public override void Run(int first, int end)
    {
        for (var row = first; row < end; row++)
        {
            var values = new ReadOnlySpan<float>(_values!.Row(row) + _firstColumn, _columns);
            _sums!.Row(row)[0] = System.Numerics.Tensors.TensorPrimitives.SumOfSquares(values);
        }
    }
}
