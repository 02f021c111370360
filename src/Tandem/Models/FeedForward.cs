namespace Tandem.Models;

/// <summary>A gated feed-forward (Shazeer, 2020): down(f(gate(x)) · up(x)).</summary>
internal sealed class FeedForward : IFeedForward
{
    private readonly Devices.GateKind _kind;
    private readonly Linear _gate;
    private readonly Linear _up;
    private readonly Linear _down;

    public FeedForward(ModelBuilder builder, DecoderShape shape, int layer)
    {
        var prefix = $"blk.{layer}.ffn_";
        var rows = builder.Own.FeedForward;
        _kind = shape.Gate;
        if (shape.FusedProjections)
        {
            _gate = builder.AllToSharded(prefix + "up", rows, shape.Width, 0, 2 * rows.Whole);
            _up = builder.AllToSharded(prefix + "up", rows, shape.Width, rows.Whole, 2 * rows.Whole);
        }
        else
        {
            _gate = builder.AllToSharded(prefix + "gate", rows, shape.Width);
            _up = builder.AllToSharded(prefix + "up", rows, shape.Width);
        }
        _down = builder.ShardedToAll(prefix + "down", shape.Width, rows);
    }

    public void Forward(Step step)
    {
        var device = step.Device;
        _gate.Forward(device, step.Input, step.Gate, device.Rows);
        _up.Forward(device, step.Input, step.Up, device.Rows);
        device.Gate(_kind, step.Gate, step.Up, step.Gated, device.Rows);
        _down.Forward(device, step.Gated, step.Product, device.Rows);
    }
}
