using Tandem.Loading;

namespace Tandem.Tests.Loading;

public class ModelSummaryTest
{
    [Fact]
    public void Parameters_and_bytes_are_counted_by_format()
    {
        using var opened = new OpenedBytes(
            new GgufBytes { Data = new byte[256] }
                .Key("general.architecture", 8, GgufBytes.Text("llama"))
                .Key("llama.block_count", 4, BitConverter.GetBytes(7))
                .Key(
                    "llama.attention.head_count",
                    9,
                    GgufBytes.Array(4, 2, BitConverter.GetBytes(3), BitConverter.GetBytes(5))
                )
                .Key("tokenizer.ggml.tokens", 9, GgufBytes.Array(8, 2, GgufBytes.Text("a"), GgufBytes.Text("b")))
                .Tensor("a", 2, 0, 32, 2)
                .Tensor("b", 2, 64, 64)
                .Tensor("c", 0, 128, 3, 2, 2)
                .ToArray()
        );
        var summary = ModelSummary.From(opened.File.Header);
        Assert.Equal((140, 120), (summary.Parameters, summary.Bytes));
        Assert.Equal([new("Q4_0", 2, 128, 72), new("F32", 1, 12, 48)], summary.Formats);
        Assert.Equal((7, 5, 2, 1), (summary.Layers, summary.Heads, summary.Vocabulary, summary.Parts));
        Assert.Null(summary.Name);
        Assert.Null(summary.Embedding);
    }

    [Fact]
    public void A_size_that_is_no_number_is_an_error()
    {
        using var opened = new OpenedBytes(
            new GgufBytes()
                .Key("general.architecture", 8, GgufBytes.Text("llama"))
                .Key("llama.block_count", 8, GgufBytes.Text("seven"))
                .ToArray()
        );
        var error = Assert.Throws<InputException>(() => ModelSummary.From(opened.File.Header));
        Assert.Contains("'llama.block_count' holds String seven", error.Message, StringComparison.Ordinal);
    }
}
