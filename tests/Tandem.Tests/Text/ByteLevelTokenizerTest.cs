using System.Text;
using CsCheck;
using Tandem.Text;

namespace Tandem.Tests.Text;

public class ByteLevelTokenizerTest
{
    [Fact]
    public void Merges_join_in_the_order_of_the_file()
    {
        string[] forward = ["a b", "b c", "ab c"];
        Assert.Equal([258], Encode(Vocabularies.ByteLevel(merges: forward), "abc"));
        // Where b and c join first, a has no partner: "a bc" is not among the merges.
        string[] backward = ["b c", "a b", "ab c"];
        Assert.Equal(['a', 256], Encode(Vocabularies.ByteLevel(merges: backward), "abc"));
    }

    [Fact]
    public void Among_equal_pairs_the_leftmost_joins_first() =>
        Assert.Equal([256, 'a'], Encode(Vocabularies.ByteLevel(merges: ["a a"]), "aaa"));

    [Fact]
    public void A_merge_given_twice_counts_where_it_comes_first() =>
        Assert.Equal([256, 'c'], Encode(Vocabularies.ByteLevel(merges: ["a b", "b c", "a b"]), "abc"));

    [Fact]
    public void Bytes_do_not_join_over_the_end_of_a_part()
    {
        var header = Vocabularies.ByteLevel(merges: ["a Ġ", "Ġ b"]);
        Assert.Equal(['a', 257], Encode(header, "a b"));
    }

    [Fact]
    public void A_part_that_is_a_token_is_taken_whole_only_where_the_model_wants_it()
    {
        (string, int)[] others = [("hello", Vocabularies.Normal)];
        Assert.Equal([256], Encode(Vocabularies.ByteLevel("llama-bpe", others: others), "hello"));
        Assert.Equal(
            [.. "hello"u8],
            Encode(Vocabularies.ByteLevel("dbrx", others: others), "hello").Select(id => (byte)id)
        );
    }

    [Fact]
    public void A_part_that_reads_like_a_control_token_is_not_taken_for_it()
    {
        var header = Vocabularies.ByteLevel("llama-bpe", others: [("hello", Vocabularies.Control)]);
        var ids = Tokenizer.From(header).Encode("hello", addSpecial: false, parseSpecial: false);
        Assert.Equal([.. "hello"u8], ids.Select(id => (byte)id));
        Assert.DoesNotContain(256, ids);
    }

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-bpe")]
    [InlineData("qwen2")]
    [InlineData("starcoder")]
    [InlineData("falcon")]
    [InlineData("deepseek-llm")]
    [InlineData("deepseek-coder")]
    public void Any_bytes_come_back(string pre)
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(pre, merges: ["a b", "Ġ a", "Ã ©", "Ġ Ġ", "ab ab"]));
        var bytes = Gen.Frequency(
            (3, Gen.Char["ab \u00c3\u00a91'\n"].Select(letter => (byte)letter)),
            (1, Gen.Byte)
        ).Array[0, 60];
        bytes.Sample(text => Assert.Equal(text, tokenizer.DecodeBytes(tokenizer.Encode(text))), iter: 2_000);
    }

    [Fact]
    public void Any_text_comes_back()
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel());
        Gen.String.Sample(
            text =>
            {
                var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
                Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(text)));
            },
            iter: 2_000
        );
    }

    [Fact]
    public void Joining_is_that_of_the_plain_definition()
    {
        string[] merges = ["a b", "b a", "c c", "ab a", "ab ab", "cc a", "ba cc", "aba b", "a a", "aa aa"];
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(merges: merges));
        Gen.Char["abc"]
            .Array[1, 40]
            .Sample(
                letters =>
                {
                    var ids = tokenizer.Encode(new string(letters));
                    Assert.Equal(JoinPlainly(letters, merges), ids.Select(tokenizer.PieceText));
                },
                iter: 3_000
            );
    }

    [Theory]
    [InlineData(Vocabularies.Unknown, "[x]")]
    [InlineData(Vocabularies.Normal, "\ufffd")]
    public void A_byte_without_a_token_becomes_the_unknown_token_or_else_the_replacement_character(
        int type,
        string expected
    )
    {
        var header = Vocabularies.ByteLevel(others: [("[x]", type)]);
        var tokens = header.Metadata.Strings("tokenizer.ggml.tokens");
        tokens[0xff] = "[hole]";
        (string, object)[] more = type == Vocabularies.Unknown ? [("tokenizer.ggml.unknown_token_id", 256)] : [];
        var holed = Vocabularies.Header([
            .. header.Metadata.Values.Select(pair =>
                (pair.Key, pair.Key == "tokenizer.ggml.tokens" ? tokens : pair.Value)
            ),
            .. more,
        ]);
        var tokenizer = Tokenizer.From(holed);
        byte[] text = [(byte)'a', 0xff, (byte)'b'];
        Assert.Equal($"a{expected}b", tokenizer.Decode(tokenizer.Encode(text), special: true));
    }

    [Fact]
    public void A_byte_for_which_nothing_stands_is_an_error_that_names_it()
    {
        var header = Vocabularies.Header(
            ("tokenizer.ggml.model", "gpt2"),
            ("tokenizer.ggml.pre", "gpt-2"),
            ("tokenizer.ggml.tokens", new[] { "a" }),
            ("tokenizer.ggml.merges", Array.Empty<string>())
        );
        var tokenizer = Tokenizer.From(header);
        Assert.Equal([0], tokenizer.Encode("a"));
        var error = Assert.Throws<InputException>(() => tokenizer.Encode("ab"));
        Assert.Contains("0x62", error.Message, StringComparison.Ordinal);
    }

    private static int[] Encode(Tandem.Plans.ModelHeader header, string text) =>
        Tokenizer.From(header).Encode(text, addSpecial: false);

    private static List<string> JoinPlainly(char[] letters, string[] merges)
    {
        var parts = letters.Select(letter => letter.ToString()).ToList();
        while (true)
        {
            var pairs = Enumerable
                .Range(0, parts.Count - 1)
                .Select(i => (Rank: Array.IndexOf(merges, $"{parts[i]} {parts[i + 1]}"), i));
            var (rank, left) = pairs.Where(pair => pair.Rank >= 0).DefaultIfEmpty((-1, 0)).Min();
            if (rank < 0)
            {
                return parts;
            }
            parts[left] += parts[left + 1];
            parts.RemoveAt(left + 1);
        }
    }
}
