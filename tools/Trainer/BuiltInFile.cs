using Tandem.Formats;
using Tandem.Loading;
using Tandem.Trainer.Text;
using static Tandem.Trainer.ParameterLayout;

namespace Tandem.Trainer;

/// <summary>
/// The GGUF file of a trained network, which any Llama engine loads: matrices in Q8_0, gains in F32, the vocabulary,
/// the chat template and the recommended sampling. Equal weights give equal files, byte for byte.
/// </summary>
internal static class BuiltInFile
{
    /// <summary>How a conversation is written down, in Jinja.</summary>
    public const string ChatTemplate =
        "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

    private const uint MostlyQ8_0 = 7;
    private const float Temperature = 0.6f;
    private const float TopP = 0.95f;
    private static readonly string[] Languages = ["en"];
    private static readonly Format Matrices = FormatTable.ByName("Q8_0")!;
    private static readonly Format Gains = FormatTable.ByName("F32")!;

    /// <summary>Writes the file to a stream, which stays open.</summary>
    public static void Write(Stream output, Weights weights, Vocabulary vocabulary)
    {
        var shape = weights.Layout.Shape;
        var tensors = Tensors(weights.Layout).ToList();
        var writer = new GgufWriter(output);
        AddArchitecture(writer, shape);
        foreach (var (key, value) in vocabulary.Metadata)
        {
            writer.Add(key, value);
        }
        writer.Add("tokenizer.chat_template", ChatTemplate);
        foreach (var (name, matrix) in tensors)
        {
            writer.AddTensor(name, FormatOf(matrix), matrix.IsNorm ? [matrix.Columns] : [matrix.Columns, matrix.Rows]);
        }
        foreach (var (_, matrix) in tensors)
        {
            var format = FormatOf(matrix);
            var bytes = new byte[format.BytesOf(matrix.Length)];
            format.Encode(weights.Values.Span(matrix.Offset, matrix.Length), bytes);
            writer.Write(bytes);
        }
        writer.Finish();
    }

    /// <summary>Reads the weights, as the file rounds them, and the vocabulary of a file that this class wrote.</summary>
    /// <exception cref="InputException">The file lacks something, or has another shape.</exception>
    public static (Weights Weights, Vocabulary Vocabulary) Read(WeightFile file, NetworkShape shape)
    {
        var weights = new Weights(new ParameterLayout(shape));
        foreach (var (name, matrix) in Tensors(weights.Layout))
        {
            var tensor = file.Header.Tensor(name);
            if (tensor.Columns != matrix.Columns || tensor.Rows != matrix.Rows)
            {
                throw new InputException(
                    $"{file.Header.Source}: tensor '{name}' is [{tensor.Columns}, {tensor.Rows}], expected [{matrix.Columns}, {matrix.Rows}]"
                );
            }
            tensor.Format.Decode(file.Data(tensor), weights.Values.Span(matrix.Offset, matrix.Length));
        }
        weights.Transpose();
        return (weights, Vocabulary.From(file.Header));
    }

    private static Format FormatOf(Matrix matrix) => matrix.IsNorm ? Gains : Matrices;

    private static void AddArchitecture(GgufWriter writer, NetworkShape shape)
    {
        writer.Add("general.architecture", "llama");
        writer.Add("general.name", "Tandem built-in");
        writer.Add("general.description", "Short stories and simple answers, trained from nothing by tools/Trainer.");
        writer.Add("general.license", "mit");
        writer.Add("general.languages", Languages);
        writer.Add("general.file_type", MostlyQ8_0);
        writer.Add("general.quantization_version", 2u);
        writer.Add("general.sampling.temp", Temperature);
        writer.Add("general.sampling.top_p", TopP);
        writer.Add("llama.context_length", (uint)shape.Context);
        writer.Add("llama.embedding_length", (uint)shape.Width);
        writer.Add("llama.block_count", (uint)shape.Layers);
        writer.Add("llama.feed_forward_length", (uint)shape.FeedForward);
        writer.Add("llama.attention.head_count", (uint)shape.Heads);
        writer.Add("llama.attention.head_count_kv", (uint)shape.Heads);
        writer.Add("llama.attention.layer_norm_rms_epsilon", NetworkShape.NormEpsilon);
        writer.Add("llama.rope.dimension_count", (uint)shape.HeadWidth);
        writer.Add("llama.rope.freq_base", NetworkShape.RopeBase);
        writer.Add("llama.vocab_size", (uint)shape.Vocabulary);
    }

    private static IEnumerable<(string Name, Matrix Matrix)> Tensors(ParameterLayout layout)
    {
        yield return ("token_embd.weight", layout.Embedding);
        for (var layer = 0; layer < layout.Blocks.Length; layer++)
        {
            var (prefix, block, width) = ($"blk.{layer}", layout.Blocks[layer], layout.Shape.Width);
            var feedForward = layout.Shape.FeedForward;
            yield return ($"{prefix}.attn_norm.weight", block.AttentionNorm);
            yield return ($"{prefix}.attn_q.weight", block.QueryKeyValue.Part(0, width));
            yield return ($"{prefix}.attn_k.weight", block.QueryKeyValue.Part(width, width));
            yield return ($"{prefix}.attn_v.weight", block.QueryKeyValue.Part(2 * width, width));
            yield return ($"{prefix}.attn_output.weight", block.AttentionOut);
            yield return ($"{prefix}.ffn_norm.weight", block.FeedForwardNorm);
            yield return ($"{prefix}.ffn_gate.weight", block.GateUp.Part(0, feedForward));
            yield return ($"{prefix}.ffn_up.weight", block.GateUp.Part(feedForward, feedForward));
            yield return ($"{prefix}.ffn_down.weight", block.Down);
        }
        yield return ("output_norm.weight", layout.OutputNorm);
    }
}
