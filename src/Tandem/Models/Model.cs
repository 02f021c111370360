using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>A language model, or the part of one that a worker holds: an embedding, a list of blocks, a head. Weights and no state.</summary>
internal sealed class Model
{
    private readonly ModelBuilder _builder;
    private readonly KernelSet _kernels;
    private readonly Embedding? _embedding;
    private readonly IReadOnlyList<Block> _blocks;
    private readonly Head? _head;

    /// <summary>Builds the parts of the model that a header describes, without weights.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="shape">What kind of decoder it is.</param>
    /// <param name="slice">The part that is wanted.</param>
    /// <param name="arena">Where its weights will lie.</param>
    /// <param name="kernels">What multiplies with them, and attends.</param>
    /// <exception cref="InputException">The header contradicts itself.</exception>
    public Model(ModelHeader header, DecoderShape shape, ModelSlice slice, Arena arena, KernelSet kernels)
    {
        (Shape, Slice, Arena, _kernels) = (shape, slice, arena, kernels);
        _builder = new ModelBuilder(header, slice, arena, kernels);
        // Without a tensor of its own, the output shares the embedding's.
        var hasOutput = _builder.Has("output.weight");
        Linear Table(string name) => _builder.AllToSharded(name, slice.Own.Vocabulary, shape.Width);
        var table = slice.IsFirst || (slice.IsLast && !hasOutput) ? Table("token_embd") : null;
        _embedding = slice.IsFirst ? new Embedding(table!, shape.EmbeddingFactor) : null;
        _blocks =
        [
            .. Enumerable
                .Range(slice.Layers.First, slice.Layers.Count)
                .Select(layer => Decoder.Block(_builder, shape, layer)),
        ];
        if (slice.IsLast)
        {
            _head = new Head(
                _builder.Norm("output_norm.weight", shape.Width, shape.Epsilon),
                hasOutput ? Table("output") : table!,
                [.. slice.Ranks.Select(rank => rank.Vocabulary)],
                shape.LogitFactor,
                shape.LogitCap
            );
        }
    }

    /// <summary>What kind of decoder it is.</summary>
    public DecoderShape Shape { get; }

    /// <summary>The part of it that is here.</summary>
    public ModelSlice Slice { get; }

    /// <summary>Where its weights lie.</summary>
    public Arena Arena { get; }

    /// <summary>Every projection, for the loader.</summary>
    public IReadOnlyList<Linear> Linears => _builder.Linears;

    /// <summary>Every vector, for the loader.</summary>
    public IReadOnlyList<Vector> Vectors => _builder.Vectors;

    /// <summary>Bytes of the packed weights.</summary>
    public long WeightBytes => Linears.Sum(linear => linear.Matrix.Bytes);

    /// <summary>
    /// Residual streams for so many steps, [T, width] each; the first stage makes them for all whose memory they share.
    /// </summary>
    public Tensor[] NewHidden(CpuDevice device, int steps) =>
        [.. Enumerable.Range(0, steps).Select(_ => new Tensor(device.Arena, device.RowsMax, Shape.Width))];

    /// <summary>The buffers of a step.</summary>
    /// <param name="device">Where they lie.</param>
    /// <param name="hidden">The residual stream.</param>
    /// <param name="sampledRowsMax">Rows of a step that may be sampled.</param>
    /// <param name="wholeLogits">Whether all logits of a sampled row are wanted, not only those that its choice looks at.</param>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public Step NewStep(CpuDevice device, Tensor hidden, int sampledRowsMax, bool wholeLogits) =>
        new(device, Shape, Slice, _builder.Formats, hidden, sampledRowsMax) { WantsWholeLogits = wholeLogits };

    /// <summary>A cache for so many pages.</summary>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public KvCache NewCache(CpuDevice device, CacheType type, int pages) =>
        new(device.Arena, Shape, Slice, _kernels.Attention(new KvPage(type, Shape.HeadSize)), pages);

    /// <summary>
    /// Runs the rows of a plan: from token ids, or the stage before's <see cref="Step.Hidden"/>, to logits of the sampled rows, or
    /// the hidden states that the next stage takes.
    /// </summary>
    public void Forward(StepPlan plan, Step step, KvCache cache)
    {
        var device = step.Device;
        device.Begin(plan);
        foreach (var (rotary, angles) in step.Angles)
        {
            device.Angles(rotary, angles);
        }
        _embedding?.Forward(step);
        device.Finish(null, null, 1, step.Hidden, _blocks[0].InputNorm, step.Input);
        for (var layer = 0; layer < _blocks.Count; layer++)
        {
            var next = layer + 1 < _blocks.Count ? _blocks[layer + 1] : null;
            _blocks[layer].Forward(step, cache.Layers[layer], next);
        }
        _head?.Forward(step);
        device.Wait();
    }

    /// <summary>
    /// The last hidden state of a row of the step that was run, as the head sees it: what embeddings are made of, [width].
    /// </summary>
    public unsafe void ReadHidden(Step step, int row, Span<float> values)
    {
        var hidden = step.Hidden;
        var output = stackalloc float[hidden.Stride];
        _head!.Norm.Apply(hidden.Row(row), output, hidden.Stride);
        new Span<float>(output, values.Length).CopyTo(values);
    }
}
