namespace Tandem.Devices.Operations;

/// <summary>Copies each row to the slots of its experts; a tile a slot.</summary>
internal sealed unsafe class DispatchOperation : Operation
{
    private Activation? _input;
    private Routing? _routing;
    private Activation? _output;

    public void Set(Activation input, Routing routing, Activation output, int rows)
    {
        (_input, _routing, _output) = (input, routing, output);
        Tiles = rows * routing.Used;
    }

    public override void Run(int first, int end)
    {
        for (var slot = first; slot < end; slot++)
        {
            var stride = _output!.View.Stride;
            new Span<float>(_input!.Row(_routing!.RowOfSlot[slot]), stride).CopyTo(
                new Span<float>(_output.Row(slot), stride)
            );
            _output.Round(slot, 0, stride);
        }
    }
}
