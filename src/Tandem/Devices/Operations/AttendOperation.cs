using System.Runtime.CompilerServices;

namespace Tandem.Devices.Operations;

/// <summary>
/// Attention over the cache in one pass with a running softmax (Milakov and Gimelshein, 2018). A tile is some rows of one
/// segment and the query heads of one key head. Each query walks the pages by absolute position, so its result does
/// not depend on which rows share the step.
/// </summary>
internal sealed unsafe class AttendOperation : Operation
{
    private const int Alignment = 64;

    private readonly List<(int Segment, int FirstRow)> _blocks = [];
    private Heads? _heads;
    private StepIndex? _index;
    private Tensor? _queries;
    private KvLayer? _layer;
    private Activation? _output;
    private int _tileRows;

    public void Set(Heads heads, StepIndex index, Tensor queries, KvLayer layer, Activation output)
    {
        (_heads, _index, _queries, _layer, _output) = (heads, index, queries, layer, output);
        _tileRows = Math.Max(1, AttendTile.QueriesMax(heads.HeadSize) / heads.GroupSize);
        _blocks.Clear();
        for (var segment = 0; segment < index.Plan.SegmentCount; segment++)
        {
            for (var row = 0; row < index.Plan.Segments[segment].Rows; row += _tileRows)
            {
                _blocks.Add((segment, row));
            }
        }
        Tiles = _blocks.Count * heads.KeyValueHeads;
    }

    /// <summary>Whether the outputs of a tile are whole blocks of the quantised activations.</summary>
    public static bool CanRound(Heads heads)
    {
        for (var head = 0; head < heads.KeyValueHeads; head++)
        {
            if (heads.EndQuery(head) * heads.HeadSize % Kernels.ActivationView.BlockColumns != 0)
            {
                return false;
            }
        }
        return true;
    }

    public override void Run(int first, int end)
    {
        for (var tile = first; tile < end; tile++)
        {
            var (block, head) = Math.DivRem(tile, _heads!.KeyValueHeads);
            RunBlock(_blocks[block].Segment, _blocks[block].FirstRow, head);
        }
    }

    [SkipLocalsInit]
    private void RunBlock(int segmentIndex, int firstRow, int head)
    {
        ref readonly var segment = ref _index!.Plan.Segments[segmentIndex];
        var rows = Math.Min(_tileRows, segment.Rows - firstRow);
        var firstQuery = _heads!.FirstQuery(head);
        var group = _heads.EndQuery(head) - firstQuery;
        var layer = _layer!;
        var scratch = stackalloc byte[AttendTile.ScratchBytes(layer) + Alignment];
        var aligned = (byte*)(((nint)scratch + Alignment - 1) / Alignment * Alignment);
        for (var query = 0; query < rows * group; query += AttendTile.QueriesMax(_heads.HeadSize))
        {
            var tile = new AttendTile(_heads, layer, head, aligned);
            var end = Math.Min(rows * group, query + AttendTile.QueriesMax(_heads.HeadSize));
            for (var i = query; i < end; i++)
            {
                var (row, inGroup) = Math.DivRem(i, group);
                var stepRow = segment.FirstRow + firstRow + row;
                var column = (firstQuery + inGroup) * _heads.HeadSize;
                tile.Add(_queries!.Row(stepRow) + column, _index.Positions[stepRow], _output!.Row(stepRow) + column);
            }
            tile.Walk(_index, segmentIndex);
        }
        if (CanRound(_heads))
        {
            for (var row = 0; row < rows; row++)
            {
                _output!.Round(
                    segment.FirstRow + firstRow + row,
                    firstQuery * _heads.HeadSize,
                    group * _heads.HeadSize
                );
            }
        }
    }
}
