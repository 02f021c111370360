using System.Security.Cryptography;
using Tandem.Loading;

namespace Tandem.Tests.Loading;

public class SynthTest
{
    public static TheoryData<string> Formats => [.. Synth.Formats];

    [Fact]
    public void The_same_seed_gives_the_same_bytes_on_every_machine()
    {
        var bytes = Write("tiny", "q4_0", seed: 1);
        Assert.Equal(
            "EF107688BDBE0F773553B413867A6709C532A9F3C1A79507EA7620C20EF8E079",
            Convert.ToHexString(SHA256.HashData(bytes))
        );
        Assert.NotEqual(bytes, Write("tiny", "Q4_0", seed: 2));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_gives_weights_of_the_right_size(string format)
    {
        using var opened = new OpenedBytes(Write("tiny", format, seed: 3));
        foreach (var tensor in opened.File.Header.Tensors.Values)
        {
            var values = new float[tensor.Columns * tensor.Rows];
            tensor.Format.Decode(opened.File.Data(tensor), values);
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
            var isVector = tensor.Shape.Count == 1;
            var isAdded = tensor.Name.Contains("output.", StringComparison.Ordinal) && tensor.Name != "output.weight";
            isAdded |= tensor.Name.Contains("ffn_down", StringComparison.Ordinal);
            var expected = isVector ? 0.1 : Math.Pow(tensor.Columns * (isAdded ? 8 : 1), -0.5);
            Assert.InRange(mean, (isVector ? 1 : 0) - expected / 2, (isVector ? 1 : 0) + expected / 2);
            Assert.InRange(deviation, 0.8 * expected, 1.2 * expected);
            Assert.True(!isVector || tensor.Format.Name == "F32");
        }
    }

    [Fact]
    public void The_mix_gives_more_bits_to_the_same_matrices_as_llama_cpp()
    {
        using var opened = new OpenedBytes(Write("tiny", "Q4_K_M", seed: 4));
        var better = opened.File.Header.Tensors.Values.Where(tensor => tensor.Format.Name == "Q6_K");
        Assert.Equal(
            [
                "blk.2.attn_v.weight",
                "blk.2.ffn_down.weight",
                "blk.3.attn_v.weight",
                "blk.3.ffn_down.weight",
                "output.weight",
            ],
            better.Select(tensor => tensor.Name).Order(StringComparer.Ordinal)
        );
    }

    // The sizes that the publishers of the real models give; llama 3 has its 32 or 64 frequency factors besides.
    [Theory]
    [InlineData("tinyllama-1.1b", 1_100_048_384, 32000)]
    [InlineData("llama-3.2-1b", 1_235_814_400 + 32, 128256)]
    [InlineData("llama-3.1-8b", 8_030_261_248 + 64, 128256)]
    [InlineData("qwen3-0.6b", 596_049_920, 151936)]
    [InlineData("qwen3-1.7b", 1_720_574_976, 151936)]
    public void A_shape_has_as_many_parameters_as_the_real_model(string shape, long parameters, int vocabulary)
    {
        using var folder = new TemporaryFolder();
        using (var file = new FileStream(folder["model.gguf"], FileMode.CreateNew))
        {
            // The header is what matters: a sparse file that is long enough stands for the rest.
            Assert.Throws<IOException>(() => Synth.Write(new ShortStream(file, 16 << 20), shape, "Q2_K", seed: 5));
            file.SetLength(1L << 32);
        }
        using var weights = WeightFile.Open(folder["model.gguf"]);
        var summary = ModelSummary.From(weights.Header);
        Assert.Equal((parameters, vocabulary), (summary.Parameters, summary.Vocabulary));
    }

    [Theory]
    [InlineData("tinyllama-1.1b")]
    [InlineData("llama-3.2-1b")]
    [InlineData("qwen3-0.6b")]
    public void Every_token_is_there_once_and_every_word_can_be_reached(string shape)
    {
        using var output = new MemoryStream();
        var writer = new GgufWriter(output);
        SynthShape.All.Single(known => known.Name == shape).Vocabulary.Write(writer);
        writer.Finish();
        using var opened = new OpenedBytes(output.ToArray());
        var metadata = opened.File.Header.Metadata;
        var tokens = metadata.Strings("tokenizer.ggml.tokens");
        var types = metadata.Ints("tokenizer.ggml.token_type")!;
        Assert.Equal(tokens.Length, types.Count);
        Assert.Equal(tokens.Length, tokens.Distinct().Count());
        Assert.Equal(3, types[metadata.Int("tokenizer.ggml.eos_token_id")]);
        if (metadata.Has("tokenizer.ggml.merges"))
        {
            var merges = metadata.Strings("tokenizer.ggml.merges");
            Assert.Equal(tokens[256..(256 + merges.Length)], merges.Select(merge => merge.Replace(" ", "")));
            Assert.Empty(merges.SelectMany(merge => merge.Split(' ')).Except(tokens));
            Assert.Equal(types.Count(type => type == 1), 256 + merges.Length);
        }
        else
        {
            Assert.Equal(256, types.Count(type => type == 6));
            Assert.Equal(tokens.Length, metadata.Floats("tokenizer.ggml.scores")!.Length);
        }
    }

    [Fact]
    public void Llama_3s_frequencies_are_stretched_as_its_publishers_do()
    {
        var factors = SynthShape.All.Single(shape => shape.Name == "llama-3.2-1b").RopeFactors()!;
        Assert.Equal(32, factors.Length);
        Assert.All(factors[..15], factor => Assert.Equal(1, factor));
        Assert.All(factors[18..], factor => Assert.Equal(32, factor));
        Assert.Equal(factors.Order(), factors);
    }

    [Fact]
    public void Progress_rises_to_one_and_the_file_equals_the_stream()
    {
        using var folder = new TemporaryFolder();
        var progress = new Recorder();
        Synth.Write(folder["tiny.gguf"], "tiny", "Q8_0", seed: 7, progress);
        Assert.Equal(progress.Values.Order(), progress.Values);
        Assert.Equal(1, progress.Values[^1]);
        Assert.Equal(Write("tiny", "Q8_0", seed: 7), File.ReadAllBytes(folder["tiny.gguf"]));
    }

    [Fact]
    public void What_cannot_be_done_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(
            "shape 'huge' is unknown; known are tinyllama-1.1b, llama-3.2-1b, llama-3.1-8b, qwen3-0.6b, qwen3-1.7b, tiny",
            Assert.Throws<InputException>(() => Synth.Write(folder["x"], "huge", "Q4_0", 1)).Message
        );
        Assert.EndsWith(
            "IQ4_XS, Q4_K_M",
            Assert.Throws<InputException>(() => Synth.Write(folder["x"], "tiny", "Q4_2", 1)).Message
        );
        Assert.False(File.Exists(folder["x"]));
        Assert.StartsWith(
            $"{folder["no/x"]}: cannot be written: ",
            Assert.Throws<InputException>(() => Synth.Write(folder["no/x"], "tiny", "Q4_0", 1)).Message
        );
        Assert.StartsWith(
            $"{folder.Path}: cannot be written: ",
            Assert.Throws<InputException>(() => Synth.Write(folder.Path, "tiny", "Q4_0", 1)).Message
        );
    }

    [Fact]
    public void A_full_disk_is_named()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no device that is always full");
        var error = Assert.Throws<InputException>(() => Synth.Write("/dev/full", "tiny", "Q4_0", 1));
        Assert.StartsWith("/dev/full: cannot be written: ", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists("/dev/full"));
    }

    private static byte[] Write(string shape, string format, ulong seed)
    {
        using var output = new MemoryStream();
        Synth.Write(output, shape, format, seed);
        return output.ToArray();
    }

    private sealed class Recorder : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}
