namespace Tandem.Devices.Operations;

/// <summary>Rounds activations to integers where the operation that wrote them could not; a tile a row.</summary>
internal sealed class PrepareOperation : Operation
{
    private Activation? _values;

    public void Set(Activation values, int rows)
    {
        _values = values;
        Tiles = rows;
    }

    public override void Run(int first, int end)
    {
        for (var row = first; row < end; row++)
        {
            _values!.Round(row, 0, _values.View.Stride);
        }
    }
}
