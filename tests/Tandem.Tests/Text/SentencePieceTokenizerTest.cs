using CsCheck;
using Tandem.Text;

namespace Tandem.Tests.Text;

public class SentencePieceTokenizerTest
{
    private const int First = 259;

    private static readonly (string, float, int)[] Letters =
    [
        ("▁", -10, Vocabularies.Normal),
        ("a", -11, Vocabularies.Normal),
        ("b", -12, Vocabularies.Normal),
    ];

    [Fact]
    public void The_highest_score_joins_first()
    {
        (string, float, int)[] pieces = [.. Letters, ("ab", -2, Vocabularies.Normal), ("ba", -1, Vocabularies.Normal)];
        Assert.Equal(["a", "ba"], Pieces(pieces, "aba"));
        pieces[3].Item2 = -0.5f;
        Assert.Equal(["ab", "a"], Pieces(pieces, "aba"));
        pieces[3].Item2 = 3;
        pieces[4].Item2 = 4;
        Assert.Equal(["a", "ba"], Pieces(pieces, "aba"));
    }

    [Fact]
    public void Among_equal_scores_the_leftmost_joins_first() =>
        Assert.Equal(["aa", "a"], Pieces([.. Letters, ("aa", 0, Vocabularies.Normal)], "aaa"));

    [Fact]
    public void Positive_and_negative_zero_are_one_score() =>
        Assert.Equal(
            ["ab", "a"],
            Pieces([.. Letters, ("ab", -0f, Vocabularies.Normal), ("ba", 0f, Vocabularies.Normal)], "aba")
        );

    [Fact]
    public void A_space_is_put_before_text_and_taken_away_again()
    {
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece([.. Letters, ("▁a", -1, Vocabularies.Normal)]));
        Assert.Equal([1, First + 3], tokenizer.Encode("a"));
        Assert.Equal("a", tokenizer.Decode([1, First + 3]));
        Assert.Equal([1, First, First + 3], tokenizer.Encode(" a"));
        Assert.Equal(" a", tokenizer.Decode([1, First, First + 3]));
        Assert.Equal([1], tokenizer.Encode(""));
        Assert.Equal(" a", tokenizer.PieceText(First + 3));
    }

    [Fact]
    public void The_text_after_a_special_token_begins_with_the_models_space_too()
    {
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece([.. Letters, ("<x>", 0, Vocabularies.UserDefined)]));
        var ids = tokenizer.Encode("a<x>b", addSpecial: false);
        Assert.Equal([First, First + 1, First + 3, First, First + 2], ids);
        Assert.Equal("a<x>b", tokenizer.Decode(ids));
    }

    [Fact]
    public void Gemma_puts_no_space_first_and_takes_runs_of_spaces_and_line_ends_whole()
    {
        (string, float, int)[] pieces =
        [
            .. Letters,
            ("  ", -1000, Vocabularies.UserDefined),
            ("   ", -1000, Vocabularies.UserDefined),
            ("\n\n", -1000, Vocabularies.UserDefined),
            ("▁a", -1, Vocabularies.Normal),
        ];
        var header = Vocabularies.SentencePiece(pieces, ("tokenizer.ggml.add_space_prefix", false));
        var tokenizer = Tokenizer.From(header);
        const string text = "a    a\n\n\nb   ";
        var ids = tokenizer.Encode(text, addSpecial: false);
        Assert.Equal(["a", "   ", " a", "\n\n", "\n", "b", "   "], ids.Select(tokenizer.PieceText));
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void A_character_without_a_piece_becomes_its_bytes()
    {
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece(Letters));
        var ids = tokenizer.Encode("é\u0001", addSpecial: false);
        Assert.Equal([First, 3 + 0xc3, 3 + 0xa9, 3 + 1], ids);
        Assert.Equal("é\u0001", tokenizer.Decode(ids));
    }

    [Fact]
    public void The_files_sign_for_a_space_means_one_in_text() =>
        Assert.Equal([" ", "a", " ", " ", "b"], Pieces(Letters, "a▁▁b", addsSpace: true));

    [Fact]
    public void Text_does_not_become_a_byte_token_or_an_unknown_one_by_its_name()
    {
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece(Letters));
        Assert.All(tokenizer.Encode("<0x41>", addSpecial: false), id => Assert.NotEqual(3 + 0x41, id));
        Assert.All(tokenizer.Encode("<unk>", false, parseSpecial: false), id => Assert.NotEqual(0, id));
    }

    [Fact]
    public void Any_bytes_come_back()
    {
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece([.. Letters, ("▁a", -1, Vocabularies.Normal)]));
        Gen.Frequency((3, Gen.Char["ab \u00c3\u00a9\n"].Select(letter => (byte)letter)), (1, Gen.Byte))
            .Array[0, 60]
            .Where(text => text.AsSpan().IndexOf("▁"u8) < 0)
            .Sample(text => Assert.Equal(text, tokenizer.DecodeBytes(tokenizer.Encode(text))), iter: 3_000);
    }

    [Theory]
    [InlineData("b▁a")]
    [InlineData("bb")]
    public void Joining_is_that_of_the_plain_definition_whether_or_not_pieces_go_over_spaces(string last)
    {
        string[] texts = ["▁", "a", "b", "▁a", "ab", "▁ab", "aa", "▁▁", "ba", "aab", last];
        float[] scores = [-20, -21, -22, -5, -1, -3, -2, -4, -2, 1, 0.5f];
        var pieces = texts.Zip(scores, (text, score) => (text, score, Vocabularies.Normal)).ToArray();
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece(pieces));
        var byText = texts.Zip(scores).ToDictionary(pair => pair.First.Replace('▁', ' '), pair => pair.Second);
        Gen.Char["ab "]
            .Array[1, 40]
            .Sample(
                letters =>
                {
                    var ids = tokenizer.Encode(new string(letters), addSpecial: false);
                    Assert.Equal(JoinPlainly([' ', .. letters], byText), ids.Select(tokenizer.PieceText));
                },
                iter: 3_000
            );
    }

    [Fact]
    public void A_byte_for_which_nothing_stands_is_an_error_that_names_it()
    {
        var header = Vocabularies.Header(
            ("tokenizer.ggml.model", "llama"),
            ("tokenizer.ggml.tokens", new[] { "▁", "a" }),
            ("tokenizer.ggml.scores", new[] { 0f, 0f }),
            ("tokenizer.ggml.token_type", new[] { Vocabularies.Normal, Vocabularies.Normal })
        );
        var tokenizer = Tokenizer.From(header);
        Assert.Null(tokenizer.Bos);
        Assert.Equal([0, 1], tokenizer.Encode("a"));
        var error = Assert.Throws<InputException>(() => tokenizer.Encode("ab"));
        Assert.Contains("0x62", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Pieces((string, float, int)[] pieces, string text, bool addsSpace = false)
    {
        var tokenizer = Tokenizer.From(
            Vocabularies.SentencePiece(pieces, ("tokenizer.ggml.add_space_prefix", addsSpace))
        );
        return tokenizer.Encode(text, addSpecial: false).Select(tokenizer.PieceText);
    }

    private static List<string> JoinPlainly(char[] letters, Dictionary<string, float> scores)
    {
        var parts = letters.Select(letter => letter.ToString()).ToList();
        while (true)
        {
            var best = Enumerable
                .Range(0, parts.Count - 1)
                .Where(i => scores.ContainsKey(parts[i] + parts[i + 1]))
                .OrderByDescending(i => scores[parts[i] + parts[i + 1]])
                .ThenBy(i => i)
                .Select(i => (int?)i)
                .FirstOrDefault();
            if (best is not { } left)
            {
                return parts;
            }
            parts[left] += parts[left + 1];
            parts.RemoveAt(left + 1);
        }
    }
}
