using Tandem.Devices;
using Tandem.Kernels;

namespace Tandem.Models;

/// <summary>
/// What the blocks of a model work on during a step: the device, the cache, and the buffers, each allocated once for
/// the largest step. T is the step's rows, at most the device's RowsMax.
/// </summary>
internal sealed class Step
{
    public Step(CpuDevice device, DecoderShape shape, ActivationFormats formats, int sampledRowsMax)
    {
        Device = device;
        var rows = device.RowsMax;
        Activation Activations(int rowsMax, int columns) => new(device.Arena, rowsMax, columns, formats);
        Tensor Floats(int rowsMax, int columns) => new(device.Arena, rowsMax, columns);

        Hidden = Floats(rows, shape.Width);
        Input = Activations(rows, shape.Width);
        Queries = Floats(rows, shape.QueryWidth);
        Keys = Floats(rows, shape.KeyWidth);
        Values = Floats(rows, shape.KeyWidth);
        Attended = Activations(rows, shape.QueryWidth);
        Product = Floats(rows, shape.Width);
        var expanded = rows * Math.Max(1, shape.ExpertsUsed);
        var hidden = Math.Max(shape.FeedForward, shape.ExpertFeedForward);
        Gate = Floats(expanded, hidden);
        Up = Floats(expanded, hidden);
        Gated = Activations(expanded, hidden);
        Sampled = Activations(sampledRowsMax, shape.Width);
        Logits = Floats(sampledRowsMax, shape.Vocabulary);
        Angles = [.. shape.Rotaries.Select(rotary => (rotary, Floats(rows, 2 * rotary.Pairs)))];
        if (shape.Experts > 0)
        {
            Experts = new ExpertBuffers(
                Floats(rows, shape.Experts),
                new Routing(rows, shape.Experts, shape.ExpertsUsed),
                Activations(expanded, shape.Width),
                Floats(expanded, shape.Width)
            );
        }
    }

    public CpuDevice Device { get; }

    /// <summary>The residual stream, (T, width).</summary>
    public Tensor Hidden { get; }

    /// <summary>What the next matrices read, (T, width).</summary>
    public Activation Input { get; }

    /// <summary>(T, query heads × head size).</summary>
    public Tensor Queries { get; }

    /// <summary>(T, key heads × head size).</summary>
    public Tensor Keys { get; }

    /// <summary>(T, key heads × head size).</summary>
    public Tensor Values { get; }

    /// <summary>What attention gives, (T, query heads × head size).</summary>
    public Activation Attended { get; }

    /// <summary>What a block adds to the stream, (T, width).</summary>
    public Tensor Product { get; }

    /// <summary>(T × experts used, feed-forward).</summary>
    public Tensor Gate { get; }

    /// <summary>(T × experts used, feed-forward).</summary>
    public Tensor Up { get; }

    /// <summary>(T × experts used, feed-forward).</summary>
    public Activation Gated { get; }

    /// <summary>The sampled rows before the head, (sampled, width).</summary>
    public Activation Sampled { get; }

    /// <summary>(sampled, vocabulary).</summary>
    public Tensor Logits { get; }

    /// <summary>Cosines and sines of each kind of rotary embedding, (T, 2 × pairs).</summary>
    public (Rotary Rotary, Tensor Values)[] Angles { get; }

    /// <summary>Buffers that layers of experts need; null where there are none.</summary>
    public ExpertBuffers? Experts { get; }

    /// <summary>The cosines and sines of one kind.</summary>
    public Tensor AnglesOf(Rotary rotary)
    {
        foreach (var (kind, values) in Angles)
        {
            if (kind == rotary)
            {
                return values;
            }
        }
        throw new InvalidOperationException("the layers of a model name every kind of rotary embedding");
    }
}
