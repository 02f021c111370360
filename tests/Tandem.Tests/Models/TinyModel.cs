using System.Globalization;
using Tandem.Formats;
using Tandem.Loading;

namespace Tandem.Tests.Models;

/// <summary>Writes a tiny model with random weights, of any architecture in any format.</summary>
internal sealed class TinyModel
{
    /// <summary>Tokens of every model.</summary>
    public const int Vocabulary = 96;

    // Weights of large models repeat after so many: making each of them anew would take most of a test's time.
    private const int PoolLength = 3 * 256 * 257;

    private readonly TinyShape _shape;
    private readonly Dictionary<(Format, float Mean, float Spread), byte[]> _pools = [];
    private readonly string _architecture;
    private readonly Format _format;
    private readonly Random _random;
    private readonly GgufWriter _writer;
    private readonly List<Action> _data = [];

    private TinyModel(Stream stream, string architecture, string format, TinyShape shape, int seed)
    {
        _shape = shape;
        _architecture = architecture == "mixtral" ? "llama" : architecture;
        _format = FormatTable.ByName(format)!;
        _random = new Random(seed);
        _writer = new GgufWriter(stream);
        HasExperts = architecture is "mixtral" or "qwen3moe";
        // Enough layers that every kind of layer of the architecture comes once.
        Layers =
            shape.Layers
            ?? (
                architecture is "gemma3" ? 6
                : architecture is "smollm3" ? 4
                : 2
            );
    }

    /// <summary>The architectures, Mixtral being a Llama with experts.</summary>
    public static string[] Architectures => [.. Tandem.Models.Architectures.Architecture.Names, "mixtral"];

    private bool HasExperts { get; }

    private int Layers { get; }

    /// <summary>Writes the model to a new file and returns its path.</summary>
    public static string Write(string folder, string architecture, string format, int seed, TinyShape? shape = null)
    {
        var path = Path.Combine(
            folder,
            string.Create(CultureInfo.InvariantCulture, $"{architecture}-{format}-{seed}.gguf")
        );
        using var stream = File.Create(path);
        new TinyModel(stream, architecture, format, shape ?? TinyShape.Small, seed).Write();
        return path;
    }

    private void Write()
    {
        WriteKeys();
        Matrix("token_embd", Vocabulary, _shape.Width);
        if (!_architecture.StartsWith("gemma", StringComparison.Ordinal))
        {
            Matrix("output", Vocabulary, _shape.Width);
        }
        Norm("output_norm", _shape.Width);
        for (var layer = 0; layer < Layers; layer++)
        {
            WriteAttention($"blk.{layer}.");
            WriteFeedForward($"blk.{layer}.");
        }
        _data.ForEach(write => write());
        _writer.Finish();
    }

    private void WriteKeys()
    {
        void Key(string name, object value) => _writer.Add($"{_architecture}.{name}", value);
        _writer.Add("general.architecture", _architecture);
        Key("block_count", (uint)Layers);
        Key("context_length", 256u);
        Key("embedding_length", (uint)_shape.Width);
        Key("feed_forward_length", (uint)_shape.FeedForward);
        Key("attention.head_count", (uint)_shape.QueryHeads);
        Key("attention.head_count_kv", (uint)_shape.KeyHeads);
        Key("attention.layer_norm_rms_epsilon", 1e-5f);
        Key("rope.freq_base", 50_000f);
        Key("attention.sliding_window", 24u);
        if (HasExperts)
        {
            Key("expert_count", (uint)_shape.Experts);
            Key("expert_used_count", 2u);
            Key("expert_feed_forward_length", (uint)_shape.ExpertFeedForward);
        }
        if (_architecture == "granite")
        {
            Key("embedding_scale", 3f);
            Key("residual_scale", 0.5f);
            Key("attention.scale", 0.2f);
            Key("logit_scale", 2f);
        }
    }

    private void WriteAttention(string block)
    {
        var (queries, keys) = (_shape.QueryHeads * _shape.HeadSize, _shape.KeyHeads * _shape.HeadSize);
        if (_architecture == "phi3")
        {
            Matrix(block + "attn_qkv", queries + 2 * keys, _shape.Width);
        }
        else
        {
            Matrix(block + "attn_q", queries, _shape.Width);
            Matrix(block + "attn_k", keys, _shape.Width);
            Matrix(block + "attn_v", keys, _shape.Width);
        }
        Matrix(block + "attn_output", _shape.Width, queries);
        if (_architecture == "qwen2")
        {
            Vector(block + "attn_q.bias", queries, 0);
            Vector(block + "attn_k.bias", keys, 0);
            Vector(block + "attn_v.bias", keys, 0);
        }
        if (_architecture is "qwen3" or "qwen3moe" or "gemma3" or "olmo2")
        {
            Norm(block + "attn_q_norm", _architecture == "olmo2" ? queries : _shape.HeadSize);
            Norm(block + "attn_k_norm", _architecture == "olmo2" ? keys : _shape.HeadSize);
        }
    }

    private void WriteFeedForward(string block)
    {
        if (_architecture != "olmo2")
        {
            Norm(block + "attn_norm", _shape.Width);
            Norm(block + "ffn_norm", _shape.Width);
        }
        if (_architecture is "olmo2" or "gemma2" or "gemma3")
        {
            Norm(block + "post_attention_norm", _shape.Width);
            Norm(block + "post_ffw_norm", _shape.Width);
        }
        if (HasExperts)
        {
            Tensor(block + "ffn_gate_inp.weight", FormatTable.ByName("F32")!, 0, 0.3f, _shape.Width, _shape.Experts);
            Tensor(
                block + "ffn_gate_exps.weight",
                _format,
                0,
                0.06f,
                _shape.Width,
                _shape.ExpertFeedForward,
                _shape.Experts
            );
            Tensor(
                block + "ffn_up_exps.weight",
                _format,
                0,
                0.06f,
                _shape.Width,
                _shape.ExpertFeedForward,
                _shape.Experts
            );
            Tensor(
                block + "ffn_down_exps.weight",
                _format,
                0,
                0.06f,
                _shape.ExpertFeedForward,
                _shape.Width,
                _shape.Experts
            );
            return;
        }
        if (_architecture == "phi3")
        {
            Matrix(block + "ffn_up", 2 * _shape.FeedForward, _shape.Width);
        }
        else
        {
            Matrix(block + "ffn_gate", _shape.FeedForward, _shape.Width);
            Matrix(block + "ffn_up", _shape.FeedForward, _shape.Width);
        }
        Matrix(block + "ffn_down", _shape.Width, _shape.FeedForward);
    }

    private void Matrix(string name, int rows, int columns) =>
        Tensor(name + ".weight", _format, 0, 0.06f, columns, rows);

    private void Norm(string name, int length) => Vector(name + ".weight", length, 1);

    private void Vector(string name, int length, float mean) =>
        Tensor(name, FormatTable.ByName("F32")!, mean, 0.2f, length);

    private void Tensor(string name, Format format, float mean, float spread, params long[] shape)
    {
        _writer.AddTensor(name, format, shape);
        _data.Add(() =>
        {
            var count = shape.Aggregate(1L, (product, length) => product * length);
            if (count <= PoolLength)
            {
                _writer.Write(Encode(format, mean, spread, (int)count));
                return;
            }
            if (!_pools.TryGetValue((format, mean, spread), out var pool))
            {
                _pools.Add((format, mean, spread), pool = Encode(format, mean, spread, PoolLength));
            }
            for (var left = format.BytesOf(count); left > 0; left -= pool.Length)
            {
                _writer.Write(pool.AsSpan(0, (int)Math.Min(left, pool.Length)));
            }
        });
    }

    private byte[] Encode(Format format, float mean, float spread, int count)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = mean + spread * (float)(2 * _random.NextDouble() - 1);
        }
        var bytes = new byte[format.BytesOf(values.Length)];
        format.Encode(values, bytes);
        return bytes;
    }
}
