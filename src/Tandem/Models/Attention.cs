using Tandem.Devices;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>Self-attention with grouped queries (Ainslie et al., 2023): input to queries, keys and values, attention over the cache, output.</summary>
internal sealed class Attention
{
    private readonly Heads _heads;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _output;
    private readonly ShardedNorm? _queriesNorm;
    private readonly ShardedNorm? _keysNorm;

    public Attention(ModelBuilder builder, DecoderShape shape, int layer)
    {
        var prefix = $"blk.{layer}.attn_";
        var share = builder.Own;
        var (queries, keys) = (share.QueryHeads.Times(shape.HeadSize), share.KeyValueHeads.Times(shape.HeadSize));
        if (shape.FusedProjections)
        {
            Linear Part(Share rows, int offset) =>
                builder.AllToSharded(prefix + "qkv", rows, shape.Width, offset, queries.Whole + 2 * keys.Whole);
            _query = Part(queries, 0);
            _key = Part(keys, queries.Whole);
            _value = Part(keys, queries.Whole + keys.Whole);
        }
        else
        {
            _query = builder.AllToSharded(prefix + "q", queries, shape.Width);
            _key = builder.AllToSharded(prefix + "k", keys, shape.Width);
            _value = builder.AllToSharded(prefix + "v", keys, shape.Width);
        }
        _output = builder.ShardedToAll(prefix + "output", shape.Width, queries);
        var group = shape.QueryHeads / shape.KeyValueHeads;
        if (shape.HeadNorms == HeadNorms.AllHeads)
        {
            // A key head belongs to the rank that has its group's first query head; others may hold it as well.
            var firstOwn = (share.QueryHeads.First + group - 1) / group;
            var ownKeys = new Share(
                firstOwn - share.KeyValueHeads.First,
                share.KeyValueHeads.End - firstOwn,
                share.KeyValueHeads.Whole
            );
            var ownQueries = share.QueryHeads with { First = 0 };
            _queriesNorm = new ShardedNorm(
                builder.Norm(prefix + "q_norm.weight", queries, shape.Epsilon),
                ownQueries.Times(shape.HeadSize)
            );
            _keysNorm = new ShardedNorm(
                builder.Norm(prefix + "k_norm.weight", keys, shape.Epsilon),
                ownKeys.Times(shape.HeadSize)
            );
        }
        Norm? HeadNorm(string name) =>
            shape.HeadNorms == HeadNorms.EachHead ? builder.Norm(prefix + name, shape.HeadSize, shape.Epsilon) : null;
        _heads = new Heads
        {
            QueryHeads = share.QueryHeads.Count,
            KeyValueHeads = share.KeyValueHeads.Count,
            GroupSize = group,
            FirstInGroup = share.QueryHeads.First % group,
            HeadSize = shape.HeadSize,
            QueryNorm = HeadNorm("q_norm.weight"),
            KeyNorm = HeadNorm("k_norm.weight"),
            Rotary = shape.Rotary(layer),
            Scale = shape.AttentionScale,
            SoftCap = shape.AttentionCap,
            Window = shape.Window(layer),
        };
    }

    /// <summary><see cref="Step.Input"/> to <see cref="Step.Product"/>.</summary>
    public void Forward(Step step, KvLayer cache)
    {
        var device = step.Device;
        _query.Forward(device, step.Input, step.Queries, device.Rows);
        _key.Forward(device, step.Input, step.Keys, device.Rows);
        _value.Forward(device, step.Input, step.Values, device.Rows);
        _queriesNorm?.Forward(step, step.Queries);
        _keysNorm?.Forward(step, step.Keys);
        var angles = _heads.Rotary is { } rotary ? step.AnglesOf(rotary) : null;
        device.StoreHeads(_heads, angles, step.Queries, step.Keys, step.Values, cache);
        device.Attend(_heads, step.Queries, cache, step.Attended);
        _output.Forward(device, step.Attended, step.Product, device.Rows);
    }
}
