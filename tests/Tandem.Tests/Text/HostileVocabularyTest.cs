using System.Text;
using Tandem.Plans;
using Tandem.Text;

namespace Tandem.Tests.Text;

/// <summary>Vocabularies and texts that a stranger made to break the tokenizer.</summary>
public class HostileVocabularyTest
{
    private const long BytesMax = 64 << 20;

    public static TheoryData<string, string, object?> Contradictions =>
        new()
        {
            { "gpt2", "tokenizer.ggml.model", null },
            { "gpt2", "tokenizer.ggml.model", "bert" },
            { "gpt2", "tokenizer.ggml.pre", null },
            { "gpt2", "tokenizer.ggml.tokens", null },
            { "gpt2", "tokenizer.ggml.tokens", Array.Empty<string>() },
            { "gpt2", "tokenizer.ggml.tokens", new[] { 1, 2 } },
            { "gpt2", "tokenizer.ggml.tokens", new[] { new string('x', 5000) } },
            { "gpt2", "tokenizer.ggml.token_type", new[] { 1 } },
            { "gpt2", "tokenizer.ggml.token_type", new[] { 0, 7 } },
            { "gpt2", "tokenizer.ggml.merges", null },
            { "gpt2", "tokenizer.ggml.merges", new[] { "a" } },
            { "gpt2", "tokenizer.ggml.merges", new[] { "a b", "a zz" } },
            { "gpt2", "tokenizer.ggml.merges", new[] { "a c" } },
            { "gpt2", "tokenizer.ggml.merges", new[] { "a b c" } },
            { "gpt2", "tokenizer.ggml.merges", new[] { "a 中" } },
            { "gpt2", "tokenizer.ggml.merges", new[] { " ", "", "a " } },
            { "gpt2", "tokenizer.ggml.merges", new[] { new string('x', 9000) + " " + new string('x', 9000) } },
            { "gpt2", "tokenizer.ggml.bos_token_id", uint.MaxValue },
            { "gpt2", "tokenizer.ggml.bos_token_id", -1 },
            { "gpt2", "tokenizer.ggml.eos_token_id", "2" },
            { "gpt2", "tokenizer.ggml.eot_token_id", 100_000 },
            { "gpt2", "tokenizer.ggml.add_bos_token", 1 },
            { "llama", "tokenizer.ggml.pre", "gpt-2" },
            { "llama", "tokenizer.ggml.scores", null },
            { "llama", "tokenizer.ggml.scores", new[] { 1f } },
            { "llama", "tokenizer.ggml.scores", Enumerable.Repeat(float.NaN, 261).ToArray() },
            { "llama", "tokenizer.ggml.token_type", new[] { 1 } },
            { "llama", "tokenizer.ggml.unknown_token_id", 261 },
            { "llama", "tokenizer.ggml.add_space_prefix", "yes" },
        };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Metadata_that_contradicts_itself_is_an_error_of_one_short_line(string model, string key, object? value)
    {
        var header = With(Valid(model), key, value);
        var error = Assert.Throws<InputException>(() => Tokenizer.From(header));
        Assert.StartsWith("test.gguf: ", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 20, 400);
    }

    [Fact]
    public void A_vocabulary_may_have_empty_and_repeated_tokens()
    {
        var header = Vocabularies.ByteLevel(
            others: [("", Vocabularies.Normal), ("", Vocabularies.Control), ("a", Vocabularies.Normal)]
        );
        var tokenizer = Tokenizer.From(header);
        Assert.Equal(['a'], tokenizer.Encode("a"));
        Assert.Equal("a", tokenizer.Decode([256, 258, 257]));
    }

    [Fact]
    public void Any_mutation_of_a_vocabulary_ends_with_an_error_or_a_tokenizer_that_works()
    {
        var random = new Random(TestRun.Seed);
        for (var round = 0; round < 3_000; round++)
        {
            var header = Mutate(Valid(random.Next(2) == 0 ? "gpt2" : "llama"), random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var tokenizer = Tokenizer.From(header);
                var ids = tokenizer.Encode("ab <|x|> é\n\n123", parseSpecial: random.Next(2) == 0);
                Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
                tokenizer.Decode(ids, special: true);
            }
            catch (InputException error)
            {
                Assert.NotEmpty(error.Message);
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, BytesMax);
        }
    }

    public static TheoryData<string, string> LongTexts
    {
        get
        {
            string[] kinds =
            [
                "gpt-2",
                "llama-bpe",
                "qwen2",
                "starcoder",
                "falcon",
                "deepseek-llm",
                "deepseek-coder",
                "llama",
            ];
            string[] texts = ["a", " ", " \n", "'", "ab", "1", "a1 ", "\u3000", "é", "\0"];
            var data = new TheoryData<string, string>();
            foreach (var kind in kinds)
            {
                foreach (var text in texts)
                {
                    data.Add(kind, text);
                }
            }
            return data;
        }
    }

    // In quadratic time these texts would take many minutes: a test that ends has shown the point.
    [Theory]
    [MemberData(nameof(LongTexts))]
    public void A_long_text_of_one_kind_takes_little_memory(string kind, string unit) =>
        AssertLean(kind, unit, 1 << 18, BytesMax / 4);

    [Theory]
    [InlineData("qwen2", "a")]
    [InlineData("deepseek-llm", " ")]
    [InlineData("llama", "ab")]
    public void A_word_of_a_megabyte_takes_less_than_64_MiB(string kind, string unit) =>
        AssertLean(kind, unit, 1 << 20, BytesMax);

    [Fact]
    public void Long_tokens_that_all_begin_alike_take_little_memory()
    {
        var names = Enumerable
            .Range(1, 1_000)
            .Select(length => (new string('a', length), (float)-length, Vocabularies.Normal));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece([.. names]));
        var ids = tokenizer.Encode(new string('a', 1 << 17));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, BytesMax);
        Assert.Equal(1 << 17, tokenizer.DecodeBytes(ids).Length);
    }

    private static void AssertLean(string kind, string unit, int length, long bytesMax)
    {
        string[] merges = ["a a", "aa aa", "aaaa aaaa", "a b", "Ġ Ġ", "ĠĠ ĠĠ", "ab ab", "Ġ Ċ", "1 1"];
        var header = kind == "llama" ? Valid("llama") : Vocabularies.ByteLevel(kind, merges);
        var tokenizer = Tokenizer.From(header);
        var text = Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Repeat(unit, length / Encoding.UTF8.GetByteCount(unit))) + "x"
        );
        var before = GC.GetAllocatedBytesForCurrentThread();
        var ids = tokenizer.Encode(text);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, bytesMax);
        Assert.Equal(text, tokenizer.DecodeBytes(ids));
    }

    private static ModelHeader Valid(string model) =>
        model == "gpt2"
            ? Vocabularies.ByteLevel(merges: ["a b", "Ġ a"], others: [("<|x|>", Vocabularies.Control)])
            : Vocabularies.SentencePiece([("ab", -1, Vocabularies.Normal), ("<|x|>", 0, Vocabularies.Control)]);

    private static ModelHeader With(ModelHeader header, string key, object? value)
    {
        var values = header.Metadata.Values.Where(pair => pair.Key != key).Select(pair => (pair.Key, pair.Value));
        return Vocabularies.Header(value is null ? [.. values] : [.. values, (key, value)]);
    }

    private static ModelHeader Mutate(ModelHeader header, Random random)
    {
        var keys = header.Metadata.Values.Keys.Append("tokenizer.ggml.bos_token_id").ToArray();
        var key = keys[random.Next(keys.Length)];
        header.Metadata.Values.TryGetValue(key, out var value);
        return With(
            header,
            key,
            value switch
            {
                string text => Scramble(text, random),
                string[] texts => Change(texts, text => Scramble(text, random), random),
                int[] numbers => Change(numbers, _ => random.Next(-2, 9), random),
                float[] scores => Change(scores, _ => BitConverter.Int32BitsToSingle(random.Next()), random),
                _ => random.Next(-2, 300),
            }
        );
    }

    private static T[] Change<T>(T[] items, Func<T, T> change, Random random)
    {
        var changed = items.ToList();
        for (var count = random.Next(1, 6); count > 0 && changed.Count > 0; count--)
        {
            var at = random.Next(changed.Count);
            switch (random.Next(8))
            {
                case 0:
                    changed.RemoveAt(at);
                    break;
                case 1:
                    changed.Insert(at, changed[random.Next(changed.Count)]);
                    break;
                default:
                    changed[at] = change(changed[at]);
                    break;
            }
        }
        return [.. changed];
    }

    private static string Scramble(string text, Random random)
    {
        const string letters = "ab <|x>Ġ▁é\ud800\n0";
        return random.Next(4) switch
        {
            0 => "",
            1 => text + letters[random.Next(letters.Length)],
            2 => letters[random.Next(letters.Length)] + text,
            _ => new string(letters[random.Next(letters.Length)], random.Next(1, 50)),
        };
    }
}
