using System.Runtime.CompilerServices;

namespace Tandem.Devices.Operations;

/// <summary>
/// Attention over the cache in one pass with a running softmax (Milakov and Gimelshein, 2018). A tile is 16 rows of one
/// segment and the query heads of one key head. Each query walks the pages by absolute position, so its result does
/// not depend on which rows share the step.
/// </summary>
internal sealed unsafe class AttendOperation : Operation
{
    private const int TileRows = 16;

    private readonly List<(int Segment, int FirstRow)> _blocks = [];
    private Heads? _heads;
    private StepIndex? _index;
    private Tensor? _queries;
    private KvLayer? _layer;
    private Activation? _output;

    public void Set(Heads heads, StepIndex index, Tensor queries, KvLayer layer, Activation output)
    {
        (_heads, _index, _queries, _layer, _output) = (heads, index, queries, layer, output);
        _blocks.Clear();
        for (var segment = 0; segment < index.Plan.SegmentCount; segment++)
        {
            for (var row = 0; row < index.Plan.Segments[segment].Rows; row += TileRows)
            {
                _blocks.Add((segment, row));
            }
        }
        Tiles = _blocks.Count * heads.KeyValueHeads;
    }

    /// <summary>Whether the outputs of a tile are whole blocks of the quantised activations.</summary>
    public static bool CanQuantise(Heads heads)
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
        var rows = Math.Min(TileRows, segment.Rows - firstRow);
        var firstQuery = _heads!.FirstQuery(head);
        var group = _heads.EndQuery(head) - firstQuery;
        var layer = _layer!;
        var scratch = stackalloc float[AttendBatch.ScratchFloats(layer.HeadSize, layer.ValueStride)];
        var batch = new AttendBatch(_heads, layer, head, scratch);
        for (var query = 0; query < rows * group; query += AttendBatch.Queries)
        {
            for (var i = 0; i < AttendBatch.Queries; i++)
            {
                // A batch that is not full computes its last query again.
                var (row, inGroup) = Math.DivRem(Math.Min(query + i, rows * group - 1), group);
                var stepRow = segment.FirstRow + firstRow + row;
                var column = (firstQuery + inGroup) * layer.HeadSize;
                batch.Begin(
                    i,
                    _queries!.Row(stepRow) + column,
                    _index.Positions[stepRow],
                    _output!.Row(stepRow) + column
                );
            }
            Walk(ref batch, segmentIndex);
            batch.End();
        }
        if (CanQuantise(_heads))
        {
            for (var row = 0; row < rows; row++)
            {
                _output!.Quantise(
                    segment.FirstRow + firstRow + row,
                    firstQuery * layer.HeadSize,
                    group * layer.HeadSize
                );
            }
        }
    }

    private void Walk(ref AttendBatch batch, int segment)
    {
        var last = batch.LastPosition / KvLayer.PageLength;
        for (var page = batch.FirstPosition / KvLayer.PageLength; page <= last; page++)
        {
            batch.Attend(_index!.Page(segment, page * KvLayer.PageLength), page * KvLayer.PageLength);
        }
    }
}
