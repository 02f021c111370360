using Tandem.Kernels;

namespace Tandem.Models;

/// <summary>A sparse mixture of gated feed-forwards (Shazeer et al., 2017): each token goes through a few of them.</summary>
internal sealed class Experts : IFeedForward
{
    private readonly Devices.GateKind _kind;
    private readonly Linear _router;
    private readonly PackedMatrix[] _gate;
    private readonly PackedMatrix[] _up;
    private readonly PackedMatrix[] _down;

    public Experts(ModelBuilder builder, DecoderShape shape, int layer)
    {
        var prefix = $"blk.{layer}.ffn_";
        var (rows, columns) = (shape.ExpertFeedForward, shape.Width);
        PackedMatrix[] Matrices(LinearKind kind, string name, int outputs, int inputs) =>
            [.. builder.Experts(kind, prefix + name, shape.Experts, outputs, inputs).Select(expert => expert.Matrix)];
        _kind = shape.Gate;
        _router = builder.Linear(LinearKind.Whole, prefix + "gate_inp", shape.Experts, columns);
        _gate = Matrices(LinearKind.AllToSharded, "gate_exps", rows, columns);
        _up = Matrices(LinearKind.AllToSharded, "up_exps", rows, columns);
        _down = Matrices(LinearKind.ShardedToAll, "down_exps", columns, rows);
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
        device.Combine(buffers.Product, buffers.Routing, step.Product);
    }
}
