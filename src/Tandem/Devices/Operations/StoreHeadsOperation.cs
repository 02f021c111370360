using System.Runtime.CompilerServices;

namespace Tandem.Devices.Operations;

/// <summary>
/// Normalises and turns queries and keys, and stores keys and values in the cache. A tile is one head of some rows: query heads first,
/// then key and value heads. A head's keys of neighbouring positions share cache lines, a dimension each, which all stay near.
/// </summary>
internal sealed unsafe class StoreHeadsOperation : Operation
{
    private const int TileRows = 16;

    private Heads? _heads;
    private StepIndex? _index;
    private Tensor? _angles;
    private Tensor? _queries;
    private Tensor? _keys;
    private Tensor? _values;
    private KvLayer? _layer;

    public void Set(
        Heads heads,
        StepIndex index,
        Tensor? angles,
        Tensor queries,
        Tensor keys,
        Tensor values,
        KvLayer layer
    )
    {
        (_heads, _index, _angles, _layer) = (heads, index, angles, layer);
        (_queries, _keys, _values) = (queries, keys, values);
        var blocks = (index.Plan.Rows + TileRows - 1) / TileRows;
        Tiles = blocks * (heads.QueryHeads + heads.KeyValueHeads);
    }

    public override void Run(int first, int end)
    {
        var heads = _heads!;
        var units = heads.QueryHeads + heads.KeyValueHeads;
        for (var tile = first; tile < end; tile++)
        {
            var (block, head) = Math.DivRem(tile, units);
            var endRow = Math.Min((block + 1) * TileRows, _index!.Plan.Rows);
            for (var row = block * TileRows; row < endRow; row++)
            {
                if (head < heads.QueryHeads)
                {
                    Turn(_queries!.Row(row) + head * heads.HeadSize, heads.QueryNorm, row);
                }
                else
                {
                    Store(row, head - heads.QueryHeads);
                }
            }
        }
    }

    private void Store(int row, int head)
    {
        var size = _heads!.HeadSize;
        var key = _keys!.Row(row) + head * size;
        Turn(key, _heads.KeyNorm, row);
        var position = _index!.Positions[row];
        var page = _index.Page(_index.Segments[row], position);
        _layer!.Store(page, head, position % KvLayer.PageLength, key, _values!.Row(row) + head * size);
    }

    private void Turn(float* head, Norm? norm, int row)
    {
        if (norm is not null)
        {
            Normalise(head, norm);
        }
        if (_heads!.Rotary is { } rotary)
        {
            RowMath.Rotate(head, rotary, _angles!.Row(row));
        }
    }

    // A head lies within a row, so nothing beyond its last dimension may be read or written.
    [SkipLocalsInit]
    private void Normalise(float* head, Norm norm)
    {
        var stride = norm.Weight.Stride;
        if (stride == _heads!.HeadSize)
        {
            norm.Apply(head, head, stride);
            return;
        }
        var padded = stackalloc float[stride];
        new Span<float>(padded, stride).Clear();
        var values = new Span<float>(head, _heads.HeadSize);
        values.CopyTo(new Span<float>(padded, stride));
        norm.Apply(padded, padded, stride);
        new Span<float>(padded, values.Length).CopyTo(values);
    }
}
