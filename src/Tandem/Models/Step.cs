using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>
/// What the blocks of a model work on during a step: the device, the cache, and the buffers, each allocated once for
/// the largest step. T is the step's rows, at most the device's RowsMax.
/// </summary>
internal sealed class Step
{
    public Step(
        CpuDevice device,
        DecoderShape shape,
        ModelSlice slice,
        ActivationFormats formats,
        Tensor hidden,
        int sampledRowsMax
    )
    {
        var share = slice.Own;
        var (queries, keys) = (share.QueryHeads.Count * shape.HeadSize, share.KeyValueHeads.Count * shape.HeadSize);
        Device = device;
        var rows = device.RowsMax;
        Activation Activations(int rowsMax, int columns) => new(device.Arena, rowsMax, columns, formats);
        Tensor Floats(int rowsMax, int columns) => new(device.Arena, rowsMax, columns);

        Hidden = hidden;
        Input = Activations(rows, shape.Width);
        Queries = Floats(rows, queries);
        Keys = Floats(rows, keys);
        Values = Floats(rows, keys);
        Sums = Floats(rows, 1);
        Attended = Activations(rows, queries);
        Product = Floats(rows, shape.Width);
        var expanded = rows * Math.Max(1, shape.ExpertsUsed);
        Gate = Floats(expanded, share.FeedForward.Count);
        Up = Floats(expanded, share.FeedForward.Count);
        Gated = new Activation(device.Arena, Gate, formats);
        var sampled = slice.IsLast ? sampledRowsMax : 0;
        Sampled = Activations(sampled, shape.Width);
        Logits = Floats(sampled, slice.Rank == 0 ? shape.Vocabulary : share.Vocabulary.Count);
        TopLogits =
            sampled > 0 && slice.Ranks.Count > 1
                ? new TopLogits(device.Arena, slice.Ranks.Max(rank => rank.Vocabulary.Count))
                : null;
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

    /// <summary>The residual stream, (T, width); it travels from stage to stage.</summary>
    public Tensor Hidden { get; set; }

    /// <summary>What the next matrices read, (T, width).</summary>
    public Activation Input { get; }

    /// <summary>A sum over all ranks for each row, (T, 1).</summary>
    public Tensor Sums { get; }

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

    /// <summary>(T × experts used, feed-forward), in the memory of <see cref="Gate"/>, which nobody wants any more.</summary>
    public Activation Gated { get; }

    /// <summary>The sampled rows before the head, (sampled, width).</summary>
    public Activation Sampled { get; }

    /// <summary>(sampled, vocabulary); a rank other than the first has its own rows of the vocabulary alone.</summary>
    public Tensor Logits { get; }

    /// <summary>Room for the logits that travel to rank 0; null where none do.</summary>
    public TopLogits? TopLogits { get; }

    /// <summary>Whether rank 0 has all <see cref="Logits"/> of a row, whatever the row's choice looks at.</summary>
    public bool WantsWholeLogits { get; init; }

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
