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
        var (rows, columns) = (shape.FeedForward, shape.Width);
        _kind = shape.Gate;
        if (shape.FusedProjections)
        {
            _gate = builder.Part(LinearKind.AllToSharded, prefix + "up", 0, rows, columns, 2 * rows);
            _up = builder.Part(LinearKind.AllToSharded, prefix + "up", rows, rows, columns, 2 * rows);
        }
        else
        {
            _gate = builder.Linear(LinearKind.AllToSharded, prefix + "gate", rows, columns);
            _up = builder.Linear(LinearKind.AllToSharded, prefix + "up", rows, columns);
        }
        _down = builder.Linear(LinearKind.ShardedToAll, prefix + "down", columns, rows);
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
