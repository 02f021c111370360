using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>
/// Packs rows of a file into a matrix, a tile a group: cut over the threads just as the multiplication is, so that each
/// first touches what it will read.
/// </summary>
internal sealed unsafe class PackOperation : Operation
{
    private PackedMatrix? _matrix;
    private byte* _source;
    private long _rowBytes;
    private int _firstColumn;

    public void Set(PackedMatrix matrix, byte* source, long rowBytes, int firstColumn)
    {
        (_matrix, _rowBytes, _firstColumn) = (matrix, rowBytes, firstColumn);
        _source = source;
        Tiles = matrix.Groups;
    }

    public override void Run(int first, int end)
    {
        var matrix = _matrix!;
        for (var group = first; group < end; group++)
        {
            var row = group * PanelLayout.GroupRows;
            var rows = Math.Min(PanelLayout.GroupRows, matrix.Rows - row);
            var source = new SourceRows(_source + row * _rowBytes, _rowBytes, rows);
            matrix.Kernel.PackGroup(source, _firstColumn, matrix.Columns, matrix.Group(group));
        }
    }
}
