using System.Runtime.CompilerServices;

namespace Tandem.Devices.Operations;

/// <summary>
/// Attention over the cache in one pass with a running softmax (Milakov and Gimelshein, 2018). A tile is some rows of one
/// segment and the query heads of one key head; of a row by itself those of several, whose keys and values lie behind each other. Each
/// query walks the pages by absolute position, so its result does not depend on which rows share the step.
/// </summary>
internal sealed unsafe class AttendOperation : Operation
{
    private const int Alignment = 64;

    private readonly List<Block> _blocks = [];
    private Heads? _heads;
    private StepIndex? _index;
    private Tensor? _queries;
    private KvLayer? _layer;
    private Activation? _output;

    public void Set(Heads heads, StepIndex index, Tensor queries, KvLayer layer, Activation output, int threads)
    {
        (_heads, _index, _queries, _layer, _output) = (heads, index, queries, layer, output);
        var queriesMax = AttendTile.QueriesMax(heads.HeadSize);
        var rowsMax = Math.Max(1, queriesMax / heads.GroupSize);
        // Every thread gets some of a row's heads, as many as there is room for.
        var room = queriesMax / AttendTile.Filled(heads.GroupSize, layer.Kernel);
        var headsOfARow = Math.Clamp(heads.KeyValueHeads / threads, 1, Math.Max(1, room));
        _blocks.Clear();
        for (var segment = 0; segment < index.Plan.SegmentCount; segment++)
        {
            var rows = index.Plan.Segments[segment].Rows;
            var headsMax = rows == 1 ? headsOfARow : 1;
            for (var row = 0; row < rows; row += rowsMax)
            {
                for (var head = 0; head < heads.KeyValueHeads; head += headsMax)
                {
                    var end = Math.Min(head + headsMax, heads.KeyValueHeads);
                    _blocks.Add(new Block(segment, row, Math.Min(rowsMax, rows - row), head, end));
                }
            }
        }
        Tiles = _blocks.Count;
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
            Run(_blocks[tile]);
        }
    }

    [SkipLocalsInit]
    private void Run(Block block)
    {
        var layer = _layer!;
        var scratch = stackalloc byte[AttendTile.ScratchBytes(layer) + Alignment];
        var aligned = (byte*)(((nint)scratch + Alignment - 1) / Alignment * Alignment);
        var tile = new AttendTile(_heads!, layer, aligned);
        for (var head = block.FirstHead; head < block.EndHead; head++)
        {
            Add(ref tile, block, head);
        }
        tile.Walk(_index!, block.Segment);
        if (CanRound(_heads!))
        {
            Round(block);
        }
    }

    private void Add(ref AttendTile tile, Block block, int head)
    {
        var firstQuery = _heads!.FirstQuery(head);
        var group = _heads.EndQuery(head) - firstQuery;
        for (var i = 0; i < block.Rows * group; i++)
        {
            if (tile.IsFull)
            {
                tile.Walk(_index!, block.Segment);
            }
            var (row, inGroup) = Math.DivRem(i, group);
            var stepRow = StepRow(block, row);
            var column = (firstQuery + inGroup) * _heads.HeadSize;
            tile.Add(head, _queries!.Row(stepRow) + column, _index!.Positions[stepRow], _output!.Row(stepRow) + column);
        }
        tile.EndHead();
    }

    private void Round(Block block)
    {
        var (first, end) = (_heads!.FirstQuery(block.FirstHead), _heads.EndQuery(block.EndHead - 1));
        for (var row = 0; row < block.Rows; row++)
        {
            _output!.Round(StepRow(block, row), first * _heads.HeadSize, (end - first) * _heads.HeadSize);
        }
    }

    private int StepRow(Block block, int row) => _index!.Plan.Segments[block.Segment].FirstRow + block.FirstRow + row;

    private readonly record struct Block(int Segment, int FirstRow, int Rows, int FirstHead, int EndHead);
}
