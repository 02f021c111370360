using Tandem.Kernels;

namespace Tandem.Models;

/// <summary>A sparse mixture of gated feed-forwards (Shazeer et al., 2017): each token goes through a few of them.</summary>
internal sealed class Experts : IFeedForward
{
    private readonly Devices.GateKind _kind;
    private readonly Linear _router;
    private readonly PackedMatrix?[] _gate;
    private readonly PackedMatrix?[] _up;
    private readonly PackedMatrix?[] _down;

    public Experts(ModelBuilder builder, DecoderShape shape, int layer)
    {
        var prefix = $"blk.{layer}.ffn_";
        var (experts, rows, columns) = (builder.Own.Experts, builder.Own.FeedForward, shape.Width);
        // Experts that another rank has are null.
        PackedMatrix?[] Each(Func<int, Linear> expert) =>
            [.. Enumerable.Range(0, experts.Whole).Select(i => experts.Contains(i) ? expert(i).Matrix : null)];
        PackedMatrix?[] Inputs(string name) =>
            Each(i => builder.AllToSharded(prefix + name, rows, columns, i * rows.Whole, experts.Whole * rows.Whole));
        _kind = shape.Gate;
        _router = builder.Whole(prefix + "gate_inp", experts.Whole, columns);
        _gate = Inputs("gate_exps");
        _up = Inputs("up_exps");
        _down = Each(i =>
            builder.ShardedToAll(prefix + "down_exps", columns, rows, i * columns, experts.Whole * columns)
        );
    }

    public void Forward(Step step)
    {
        var device = step.Device;
        var buffers = step.Experts!;
        _router.Forward(device, step.Input, buffers.Scores, device.Rows);
        device.Route(buffers.Scores, buffers.Routing);
        device.Dispatch(step.Input, buffers.Routing, buffers.Input);
        device.MultiplyExperts(_gate, buffers.Routing, buffers.Input, step.Gate);
        device.MultiplyExperts(_up, buffers.Routing, buffers.Input, step.Up);
        device.Gate(_kind, step.Gate, step.Up, step.Gated, device.Rows * buffers.Routing.Used);
        device.MultiplyExperts(_down, buffers.Routing, step.Gated, buffers.Product);
        device.Combine(buffers.Product, _down, buffers.Routing, step.Product);
    }
}
