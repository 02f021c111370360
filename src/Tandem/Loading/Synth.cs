using System.Runtime.InteropServices;
using Tandem.Formats;

namespace Tandem.Loading;

/// <summary>
/// Writes models of random weights in the shape of real ones, so that speed and memory can be measured without a
/// download. llama.cpp reads them too. The same shape, format and seed give the same bytes on every machine.
/// </summary>
public sealed class Synth
{
    private const int BufferBytes = 1 << 20;

    private readonly SynthShape _shape;
    private readonly SynthMix _mix;
    private readonly GgufWriter _writer;
    private readonly List<Content> _tensors = [];
    private readonly Dictionary<(Format, float), SynthPool> _pools = [];
    private readonly byte[] _buffer = new byte[BufferBytes];
    private SynthRandom _random;

    private Synth(SynthShape shape, SynthMix mix, ulong seed, Stream output)
    {
        _shape = shape;
        _mix = mix;
        _writer = new GgufWriter(output);
        _random = new SynthRandom(seed);
    }

    // A tensor to be written: either these values, in F32, or random ones of that deviation.
    private sealed record Content(Format Format, long Values, float Deviation, float[]? Fixed = null);

    /// <summary>The names of the shapes.</summary>
    public static IReadOnlyList<string> Shapes { get; } = [.. SynthShape.All.Select(shape => shape.Name)];

    /// <summary>The names of the number formats, mixes included.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. SynthMix.All.Select(mix => mix.Name)];

    /// <summary>Writes a model to a file, deleted again where it is new and cannot be written to the end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shape">One of <see cref="Shapes"/>.</param>
    /// <param name="format">One of <see cref="Formats"/>, in any case of letters.</param>
    /// <param name="seed">Chooses the weights.</param>
    /// <param name="progress">Gets the fraction that is written.</param>
    /// <exception cref="InputException">Shape or format is unknown, or the file cannot be written.</exception>
    public static void Write(string path, string shape, string format, ulong seed, IProgress<double>? progress = null)
    {
        CheckNames(shape, format);
        var existed = File.Exists(path);
        try
        {
            using var output = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            try
            {
                Write(output, shape, format, seed, progress);
            }
            catch when (!existed)
            {
                File.Delete(path);
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Writes a model to a stream that need not be seekable.</summary>
    /// <param name="output">The stream; it stays open.</param>
    /// <param name="shape">One of <see cref="Shapes"/>.</param>
    /// <param name="format">One of <see cref="Formats"/>, in any case of letters.</param>
    /// <param name="seed">Chooses the weights.</param>
    /// <param name="progress">Gets the fraction that is written.</param>
    /// <exception cref="InputException">Shape or format is unknown.</exception>
    /// <exception cref="IOException">The stream refuses a write.</exception>
    public static void Write(Stream output, string shape, string format, ulong seed, IProgress<double>? progress = null)
    {
        var (found, mix) = CheckNames(shape, format);
        new Synth(found, mix, seed, output).Write(progress);
    }

    private static (SynthShape Shape, SynthMix Mix) CheckNames(string shape, string format) =>
        (
            SynthShape.All.FirstOrDefault(known => known.Name == shape)
                ?? throw new InputException($"shape '{shape}' is unknown; known are {string.Join(", ", Shapes)}"),
            SynthMix.All.FirstOrDefault(known => known.Name.Equals(format, StringComparison.OrdinalIgnoreCase))
                ?? throw new InputException($"format '{format}' is unknown; known are {string.Join(", ", Formats)}")
        );

    private void Write(IProgress<double>? progress)
    {
        AddMetadata();
        AddTensors();
        var (written, total) = (0L, _tensors.Sum(tensor => tensor.Format.BytesOf(tensor.Values)));
        foreach (var tensor in _tensors)
        {
            WriteTensor(
                tensor,
                bytes =>
                {
                    written += bytes;
                    progress?.Report((double)written / total);
                }
            );
        }
        _writer.Finish();
    }

    private void AddMetadata()
    {
        var prefix = _shape.Architecture;
        _writer.Add("general.architecture", prefix);
        _writer.Add("general.name", $"{_shape.Name} with random weights");
        _writer.Add("general.quantization_version", 2u);
        _writer.Add($"{prefix}.vocab_size", (uint)_shape.Vocabulary.Size);
        _writer.Add($"{prefix}.context_length", (uint)_shape.Context);
        _writer.Add($"{prefix}.embedding_length", (uint)_shape.Embedding);
        _writer.Add($"{prefix}.block_count", (uint)_shape.Layers);
        _writer.Add($"{prefix}.feed_forward_length", (uint)_shape.FeedForward);
        _writer.Add($"{prefix}.attention.head_count", (uint)_shape.Heads);
        _writer.Add($"{prefix}.attention.head_count_kv", (uint)_shape.KeyValueHeads);
        _writer.Add($"{prefix}.attention.key_length", (uint)_shape.HeadLength);
        _writer.Add($"{prefix}.attention.value_length", (uint)_shape.HeadLength);
        _writer.Add($"{prefix}.attention.layer_norm_rms_epsilon", _shape.Epsilon);
        _writer.Add($"{prefix}.rope.dimension_count", (uint)_shape.HeadLength);
        _writer.Add($"{prefix}.rope.freq_base", _shape.RopeBase);
        _shape.Vocabulary.Write(_writer);
    }

    private void AddTensors()
    {
        var (embedding, vocabulary) = (_shape.Embedding, _shape.Vocabulary.Size);
        var deviation = 1 / MathF.Sqrt(embedding);
        AddMatrix("token_embd", _mix.OfEmbedding(_shape.TiesOutput), embedding, vocabulary, deviation);
        if (!_shape.TiesOutput)
        {
            AddMatrix("output", _mix.OfEmbedding(isHead: true), embedding, vocabulary, deviation);
        }
        AddNorm("output_norm", embedding);
        if (_shape.RopeFactors() is { } factors)
        {
            AddVector("rope_freqs", factors);
        }
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            AddLayer(layer);
        }
    }

    private void AddLayer(int layer)
    {
        var (embedding, feedForward) = (_shape.Embedding, _shape.FeedForward);
        var queries = _shape.Heads * _shape.HeadLength;
        var keys = _shape.KeyValueHeads * _shape.HeadLength;
        // What is added to the residual stream is scaled down so that the stream keeps its size over the layers.
        var residual = 1 / MathF.Sqrt(2 * _shape.Layers);
        AddNorm($"blk.{layer}.attn_norm", embedding);
        AddLayerMatrix(layer, "attn_q", embedding, queries);
        AddLayerMatrix(layer, "attn_k", embedding, keys);
        AddLayerMatrix(layer, "attn_v", embedding, keys);
        if (_shape.NormalisesHeads)
        {
            AddNorm($"blk.{layer}.attn_q_norm", _shape.HeadLength);
            AddNorm($"blk.{layer}.attn_k_norm", _shape.HeadLength);
        }
        AddLayerMatrix(layer, "attn_output", queries, embedding, residual);
        AddNorm($"blk.{layer}.ffn_norm", embedding);
        AddLayerMatrix(layer, "ffn_gate", embedding, feedForward);
        AddLayerMatrix(layer, "ffn_up", embedding, feedForward);
        AddLayerMatrix(layer, "ffn_down", feedForward, embedding, residual);
    }

    private void AddLayerMatrix(int layer, string name, int columns, int rows, float scale = 1)
    {
        var format = _mix.OfLayer(name, layer, _shape.Layers);
        AddMatrix($"blk.{layer}.{name}", format, columns, rows, scale / MathF.Sqrt(columns));
    }

    private void AddMatrix(string name, Format format, int columns, int rows, float deviation) =>
        Add($"{name}.weight", new Content(format, (long)columns * rows, deviation), columns, rows);

    private void AddNorm(string name, int length)
    {
        var values = new float[length];
        for (var i = 0; i < length; i++)
        {
            values[i] = 1 + 0.1f * _random.Normal();
        }
        AddVector(name, values);
    }

    private void AddVector(string name, float[] values) =>
        Add($"{name}.weight", new Content(FormatTable.ByName("F32")!, values.Length, 0, values), values.Length);

    private void Add(string name, Content content, params long[] shape)
    {
        _tensors.Add(content);
        _writer.AddTensor(name, content.Format, shape);
    }

    private void WriteTensor(Content tensor, Action<int> written)
    {
        if (tensor.Fixed is { } values)
        {
            _writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            written(values.Length * sizeof(float));
            return;
        }
        var pool = Pool(tensor.Format, tensor.Deviation);
        var buffer = _buffer.AsSpan(0, BufferBytes / pool.PieceBytes * pool.PieceBytes);
        var left = tensor.Format.BytesOf(tensor.Values);
        while (left > 0)
        {
            var bytes = (int)Math.Min(left, buffer.Length);
            pool.Fill(buffer[..bytes], ref _random);
            _writer.Write(buffer[..bytes]);
            written(bytes);
            left -= bytes;
        }
    }

    private SynthPool Pool(Format format, float deviation)
    {
        if (!_pools.TryGetValue((format, deviation), out var pool))
        {
            pool = new SynthPool(format, deviation, _random.Next());
            _pools.Add((format, deviation), pool);
        }
        return pool;
    }
}
