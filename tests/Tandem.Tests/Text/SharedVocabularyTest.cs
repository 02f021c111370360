using System.Text;
using Tandem.Loading;
using Tandem.Text;

namespace Tandem.Tests.Text;

/// <summary>Published vocabularies, and the ids that their own tokenizers give.</summary>
public class SharedVocabularyTest
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    public static TheoryData<string> Names =>
        ["llama-spm", "phi-3", "gpt-2", "qwen2", "deepseek-llm", "deepseek-coder"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_case_gives_the_published_ids(string name)
    {
        var tokenizer = Load(name);
        var got = Cases(name).Select(entry => $"{entry.Text}: {Line(tokenizer.Encode(entry.Text, addSpecial: false))}");
        Assert.Equal(Cases(name).Select(entry => $"{entry.Text}: {Line(entry.Ids)}"), got);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_case_is_decoded_back(string name)
    {
        var tokenizer = Load(name);
        Assert.Equal(Cases(name).Select(entry => entry.Text), Cases(name).Select(entry => tokenizer.Decode(entry.Ids)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_no_UTF8_is_encoded_without_an_error_and_the_text_around_it_survives(string name)
    {
        var tokenizer = Load(name);
        byte[] text = [.. "before "u8, 0xff, 0xc0, 0x80, 0xe2, 0x96, .. " after"u8];
        var decoded = tokenizer.DecodeBytes(tokenizer.Encode(text, addSpecial: false));
        Assert.StartsWith("before ", Encoding.Latin1.GetString(decoded), StringComparison.Ordinal);
        Assert.EndsWith(" after", Encoding.Latin1.GetString(decoded), StringComparison.Ordinal);
        // DeepSeek's vocabularies lack the bytes that never occur in UTF-8, so U+FFFD stands for them.
        if (!name.StartsWith("deepseek", StringComparison.Ordinal))
        {
            Assert.Equal(text, decoded);
        }
    }

    [Fact]
    public void A_trained_models_ids_stream_as_the_story_that_they_are()
    {
        using var file = WeightFile.Open(SharedData.Require("models/stories260K.gguf"));
        var tokenizer = Tokenizer.From(file.Header);
        var ids = File.ReadAllText(SharedData.Require("models/stories260K.greedy200.txt")).Split(',').Select(int.Parse);
        var stream = new TokenStream(tokenizer, tokenizer.Bos);
        var story = string.Concat(ids.Select(stream.Push)) + stream.Flush();
        var expected = File.ReadAllText(SharedData.Require("models/stories260K.greedy200.expected.txt"));
        Assert.StartsWith(expected.TrimEnd('\n'), story, StringComparison.Ordinal);
    }

    [Fact]
    public void Phi3s_turns_take_the_white_space_after_them()
    {
        var tokenizer = Load("phi-3");
        var hi = tokenizer.Encode("hi", addSpecial: false);
        Assert.Equal(
            [32010, .. hi, 32007, 32001],
            tokenizer.Encode("<|user|> \nhi<|end|>\n<|assistant|>\n", addSpecial: false)
        );
        Assert.Equal(
            [1, .. tokenizer.Encode("\nhi", addSpecial: false)],
            tokenizer.Encode("<s>\nhi", addSpecial: false)
        );
        Assert.Equal([32007, 32000], tokenizer.EndOfGeneration.OrderByDescending(id => id));
    }

    [Theory]
    [InlineData("llama-spm", "</s>")]
    [InlineData("gpt-2", "<|endoftext|>")]
    [InlineData("qwen2", "<|endoftext|> <|im_end|>")]
    [InlineData("deepseek-llm", "<｜end▁of▁sentence｜>")]
    public void The_tokens_that_end_an_answer_are_known(string name, string ends)
    {
        var tokenizer = Load(name);
        Assert.Equal(ends.Split(' '), tokenizer.EndOfGeneration.Order().Select(tokenizer.PieceText));
    }

    private static Tokenizer Load(string name)
    {
        using var file = WeightFile.Open(SharedData.Require($"tokenizers/ggml-vocab-{name}.gguf"));
        return Tokenizer.From(file.Header);
    }

    private static List<(string Text, int[] Ids)> Cases(string name)
    {
        var path = SharedData.Require($"tokenizers/ggml-vocab-{name}.gguf");
        var texts = File.ReadAllText(path + ".inp").Split(Separator);
        var ids = File.ReadAllLines(path + ".out");
        // A separator ends the last text, too.
        Assert.Equal(ids.Length + 1, texts.Length);
        return [.. texts.Zip(ids, (text, line) => (text, Ids(line)))];
    }

    private static int[] Ids(string line) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    private static string Line(int[] ids) => string.Join(' ', ids);
}
