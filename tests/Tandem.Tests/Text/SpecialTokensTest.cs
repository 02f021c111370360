using CsCheck;
using Tandem.Text;

namespace Tandem.Tests.Text;

public class SpecialTokensTest
{
    private static readonly (string Text, int Type)[] Tokens =
    [
        ("<|start|>", Vocabularies.Control),
        ("<ab>", Vocabularies.UserDefined),
        ("<ab>c", Vocabularies.UserDefined),
        ("ab>cd", Vocabularies.UserDefined),
        ("<|im_end|>", Vocabularies.UserDefined),
    ];

    [Fact]
    public void The_text_of_a_control_token_means_it_only_where_that_is_asked()
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: Tokens));
        Assert.Equal(['x', 256, 'y'], tokenizer.Encode("x<|start|>y"));
        Assert.Equal([.. "x<|start|>y"u8], tokenizer.Encode("x<|start|>y", parseSpecial: false).Select(id => (byte)id));
    }

    [Fact]
    public void A_user_defined_token_is_found_in_any_text()
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: Tokens));
        Assert.Equal(['x', 257, 'y'], tokenizer.Encode("x<ab>y", parseSpecial: false));
    }

    [Fact]
    public void At_each_place_the_longest_token_is_taken_from_left_to_right()
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: Tokens));
        Assert.Equal([258, 'd', 257, 257, 259], tokenizer.Encode("<ab>cd<ab><ab>ab>cd"));
    }

    [Fact]
    public void A_token_that_ends_an_answer_is_control_whatever_the_file_says()
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: Tokens));
        Assert.True(tokenizer.IsControl(260));
        Assert.Equal([260], tokenizer.EndOfGeneration);
        Assert.Equal([.. "<|im_end|>"u8], tokenizer.Encode("<|im_end|>", parseSpecial: false).Select(id => (byte)id));
    }

    [Fact]
    public void Html_that_looks_like_an_end_of_sequence_does_not_end_an_answer()
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: [("</s>", Vocabularies.UserDefined)]));
        Assert.Empty(tokenizer.EndOfGeneration);
        tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: [("</s>", Vocabularies.Control)]));
        Assert.Equal([256], tokenizer.EndOfGeneration);
    }

    [Fact]
    public void Control_tokens_are_decoded_only_where_that_is_asked()
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: Tokens));
        Assert.Equal("x<ab>", tokenizer.Decode([256, 'x', 257]));
        Assert.Equal("<|start|>x<ab>", tokenizer.Decode([256, 'x', 257], special: true));
        Assert.Equal((true, false), (tokenizer.IsControl(256), tokenizer.IsControl(257)));
    }

    [Fact]
    public void Finding_is_that_of_the_plain_definition()
    {
        var word = Gen.Char["abc"].Array[1, 5].Select(letters => new string(letters));
        Gen.Select(word.Array[1, 8], Gen.Char["abcd"].Array[0, 40].Select(letters => new string(letters)))
            .Sample(
                (tokens, text) =>
                {
                    string[] names = [.. tokens.Distinct()];
                    var others = names.Select(name => (name, Vocabularies.Control)).ToArray();
                    var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: others));
                    Assert.Equal(FindPlainly(names, text), tokenizer.Encode(text));
                },
                iter: 2_000
            );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tokens_that_nearly_match_everywhere_cost_no_more_than_others(bool differAtTheEnd)
    {
        // Looking for each token at each byte would be half a thousand steps a byte, from either side.
        var names = Enumerable.Range(1, 500).Select(count => new string('a', count));
        var others = names.Select(name => (differAtTheEnd ? name + "b" : "b" + name, Vocabularies.Control)).ToArray();
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel(others: others));
        var text = new byte[1 << 20];
        text.AsSpan().Fill((byte)'a');
        text[differAtTheEnd ? ^1 : 0] = (byte)'b';
        var ids = tokenizer.Encode(text);
        Assert.Equal((1 << 20) - 500, ids.Length);
        Assert.Equal(256 + 499, ids[differAtTheEnd ? ^1 : 0]);
    }

    private static List<int> FindPlainly(string[] names, string text)
    {
        var ids = new List<int>();
        for (var at = 0; at < text.Length; )
        {
            var longest = names
                .Where(name => text[at..].StartsWith(name, StringComparison.Ordinal))
                .MaxBy(name => name.Length);
            ids.Add(longest is null ? text[at] : 256 + Array.IndexOf(names, longest));
            at += longest?.Length ?? 1;
        }
        return ids;
    }
}
