using Tandem.Devices;

namespace Tandem.Models;

/// <summary>Self-attention with grouped queries (Ainslie et al., 2023): input to queries, keys and values, attention over the cache, output.</summary>
internal sealed class Attention
{
    private readonly Heads _heads;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _output;
    private readonly Norm? _queriesNorm;
    private readonly Norm? _keysNorm;

    public Attention(ModelBuilder builder, DecoderShape shape, int layer)
    {
        var prefix = $"blk.{layer}.attn_";
        var (queryRows, keyRows, columns) = (shape.QueryWidth, shape.KeyWidth, shape.Width);
        if (shape.FusedProjections)
        {
            var rows = queryRows + 2 * keyRows;
            Linear Part(int first, int count) =>
                builder.Part(LinearKind.AllToSharded, prefix + "qkv", first, count, columns, rows);
            _query = Part(0, queryRows);
            _key = Part(queryRows, keyRows);
            _value = Part(queryRows + keyRows, keyRows);
        }
        else
        {
            _query = builder.Linear(LinearKind.AllToSharded, prefix + "q", queryRows, columns);
            _key = builder.Linear(LinearKind.AllToSharded, prefix + "k", keyRows, columns);
            _value = builder.Linear(LinearKind.AllToSharded, prefix + "v", keyRows, columns);
        }
        _output = builder.Linear(LinearKind.ShardedToAll, prefix + "output", columns, queryRows);
        Norm? HeadNorm(HeadNorms kind, string name, int length) =>
            shape.HeadNorms == kind ? builder.Norm(prefix + name, length, shape.Epsilon) : null;
        _queriesNorm = HeadNorm(HeadNorms.AllHeads, "q_norm.weight", queryRows);
        _keysNorm = HeadNorm(HeadNorms.AllHeads, "k_norm.weight", keyRows);
        _heads = new Heads
        {
            QueryHeads = shape.QueryHeads,
            KeyValueHeads = shape.KeyValueHeads,
            HeadSize = shape.HeadSize,
            QueryNorm = HeadNorm(HeadNorms.EachHead, "q_norm.weight", shape.HeadSize),
            KeyNorm = HeadNorm(HeadNorms.EachHead, "k_norm.weight", shape.HeadSize),
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
        if (_queriesNorm is not null && _keysNorm is not null)
        {
            device.Normalise(step.Queries, _queriesNorm);
            device.Normalise(step.Keys, _keysNorm);
        }
        var angles = _heads.Rotary is { } rotary ? step.AnglesOf(rotary) : null;
        device.StoreHeads(_heads, angles, step.Queries, step.Keys, step.Values, cache);
        device.Attend(_heads, step.Queries, cache, step.Attended);
        _output.Forward(device, step.Attended, step.Product, device.Rows);
    }
}
