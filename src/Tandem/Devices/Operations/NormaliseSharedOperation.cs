namespace Tandem.Devices.Operations;

/// <summary>y = x / √(sum of squares / columns + ε) · weight in place, where the sum is over all ranks' columns; a tile a row.</summary>
internal sealed unsafe class NormaliseSharedOperation : Operation
{
    private Tensor? _values;
    private Norm? _norm;
    private Tensor? _sums;
    private int _columns;

    public void Set(Tensor values, Norm norm, Tensor sums, int columns, int rows)
    {
        (_values, _norm, _sums, _columns) = (values, norm, sums, columns);
        Tiles = rows;
    }

    public override void Run(int first, int end)
    {
        var weight = _norm!.Weight.Data;
        for (var row = first; row < end; row++)
        {
            var factor = Vector512.Create(1 / MathF.Sqrt(_sums!.Row(row)[0] / _columns + _norm.Epsilon));
            var x = _values!.Row(row);
            for (var i = 0; i < _values.Stride; i += Vector512<float>.Count)
            {
                (Vector512.Load(x + i) * factor * Vector512.Load(weight + i)).Store(x + i);
            }
        }
    }
}
