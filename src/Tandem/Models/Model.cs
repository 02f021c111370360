using Tandem.Devices;
using Tandem.Models.Architectures;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>A language model: an embedding, a list of blocks, a head.</summary>
internal sealed class Model
{
    private readonly Embedding _embedding;
    private readonly IReadOnlyList<Block> _blocks;
    private readonly Head _head;
    private readonly ModelBuilder _builder;
    private readonly float[] _scratch;

    /// <summary>Builds the parts of the model that a header describes, without weights.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="device">Where it will run.</param>
    /// <param name="context">Positions that it will be run with.</param>
    /// <param name="exactActivations">Whether activations stay 32-bit floats before quantised matrices.</param>
    /// <exception cref="InputException">The architecture is unknown, or the header contradicts itself.</exception>
    public Model(ModelHeader header, CpuDevice device, int context, bool exactActivations)
    {
        Device = device;
        Shape = Architecture.Read(header, context);
        _builder = new ModelBuilder(header, device, exactActivations);
        var table = _builder.Linear(LinearKind.AllToSharded, "token_embd", Shape.Vocabulary, Shape.Width);
        _embedding = new Embedding(table, Shape.EmbeddingFactor);
        _blocks = [.. Enumerable.Range(0, Shape.Layers).Select(layer => Decoder.Block(_builder, Shape, layer))];
        // Without a tensor of its own, the output shares the embedding's.
        var output = _builder.Has("output.weight")
            ? _builder.Linear(LinearKind.AllToSharded, "output", Shape.Vocabulary, Shape.Width)
            : table;
        var norm = _builder.Norm("output_norm.weight", Shape.Width, Shape.Epsilon);
        _scratch = new float[norm.Weight.Stride];
        _head = new Head(norm, output, Shape.LogitFactor, Shape.LogitCap);
    }

    /// <summary>What kind of decoder it is.</summary>
    public DecoderShape Shape { get; }

    /// <summary>Where it runs.</summary>
    public CpuDevice Device { get; }

    /// <summary>Every projection, for the loader.</summary>
    public IReadOnlyList<Linear> Linears => _builder.Linears;

    /// <summary>Every vector, for the loader.</summary>
    public IReadOnlyList<Vector> Vectors => _builder.Vectors;

    /// <summary>Bytes of the packed weights.</summary>
    public long WeightBytes => Linears.Sum(linear => linear.Matrix.Bytes);

    /// <summary>The buffers of a step.</summary>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public Step NewStep(int sampledRowsMax) => new(Device, Shape, _builder.Formats, sampledRowsMax);

    /// <summary>Runs the rows of a plan; <see cref="Step.Logits"/> then has the logits of its sampled rows.</summary>
    public void Forward(StepPlan plan, Step step, KvCache cache)
    {
        Device.Begin(plan);
        foreach (var (rotary, angles) in step.Angles)
        {
            Device.Angles(rotary, angles);
        }
        _embedding.Forward(step);
        Device.Finish(null, null, 1, step.Hidden, _blocks[0].InputNorm, step.Input);
        for (var layer = 0; layer < _blocks.Count; layer++)
        {
            var next = layer + 1 < _blocks.Count ? _blocks[layer + 1] : null;
            _blocks[layer].Forward(step, cache.Layers[layer], next);
        }
        _head.Forward(step);
        Device.Wait();
    }

    /// <summary>
    /// The last hidden state of a row of the step that was run, as the head sees it: what embeddings are made of, [width].
    /// </summary>
    public unsafe void ReadHidden(Step step, int row, Span<float> values)
    {
        var hidden = step.Hidden;
        fixed (float* output = _scratch)
        {
            _head.Norm.Apply(hidden.Row(row), output, hidden.Stride);
        }
        _scratch.AsSpan(0, values.Length).CopyTo(values);
    }
}
