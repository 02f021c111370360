using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>Each row's token as its row of the embedding table, times a factor; a tile a row.</summary>
internal sealed unsafe class EmbedOperation : Operation
{
    private PackedMatrix? _table;
    private StepIndex? _index;
    private Tensor? _output;
    private float _factor;

    public void Set(PackedMatrix table, StepIndex index, Tensor output, float factor)
    {
        (_table, _index, _output, _factor) = (table, index, output, factor);
        Tiles = index.Plan.Rows;
    }

    public override void Run(int first, int end)
    {
        var table = _table!;
        for (var row = first; row < end; row++)
        {
            var token = _index!.Plan.TokenIds[row];
            var values = _output!.Row(row);
            var group = table.Group(token / PanelLayout.GroupRows);
            table.Kernel.ReadRow(group, table.Columns, token % PanelLayout.GroupRows, values);
            for (var column = 0; column < table.Columns; column++)
            {
                values[column] *= _factor;
            }
        }
    }
}
