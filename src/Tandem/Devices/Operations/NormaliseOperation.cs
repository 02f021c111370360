namespace Tandem.Devices.Operations;

/// <summary>y = norm(x) in place, a tile a row.</summary>
internal sealed unsafe class NormaliseOperation : Operation
{
    private Tensor? _values;
    private Norm? _norm;

    public void Set(Tensor values, Norm norm, int rows)
    {
        (_values, _norm) = (values, norm);
        Tiles = rows;
    }

    public override void Run(int first, int end)
    {
        for (var row = first; row < end; row++)
        {
            _norm!.Apply(_values!.Row(row), _values.Row(row), _values.Stride);
        }
    }
}
