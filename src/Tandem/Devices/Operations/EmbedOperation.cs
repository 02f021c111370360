using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>
/// Each row's token as its row of the embedding table, times a factor; zeros where another rank has that row. A tile a row.
/// </summary>
internal sealed unsafe class EmbedOperation : Operation
{
    private PackedMatrix? _table;
    private StepIndex? _index;
    private Tensor? _output;
    private float _factor;
    private int _firstToken;

    public void Set(PackedMatrix table, int firstToken, StepIndex index, Tensor output, float factor)
    {
        (_table, _firstToken, _index, _output, _factor) = (table, firstToken, index, output, factor);
        Tiles = index.Plan.Rows;
    }

    public override void Run(int first, int end)
    {
        var table = _table!;
        for (var row = first; row < end; row++)
        {
            var token = _index!.Plan.TokenIds[row] - _firstToken;
            var values = _output!.Row(row);
            if (token < 0 || token >= table.Rows)
            {
                new Span<float>(values, table.Columns).Clear();
                continue;
            }
            var group = table.Group(token / PanelLayout.GroupRows);
            table.Kernel.ReadRow(group, table.Columns, token % PanelLayout.GroupRows, values);
            for (var column = 0; column < table.Columns; column++)
            {
                values[column] *= _factor;
            }
        }
    }
}
