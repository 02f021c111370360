using System.Text;
using CsCheck;
using Tandem.Text;

namespace Tandem.Tests.Text;

public class TokenStreamTest
{
    [Fact]
    public void A_character_comes_when_it_is_whole()
    {
        var stream = new TokenStream(Tokenizer.From(Vocabularies.ByteLevel()));
        Assert.Equal(["", "", "", "🦙"], "🦙"u8.ToArray().Select(value => stream.Push(value)));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void An_end_within_a_character_gives_the_replacement_character()
    {
        var stream = new TokenStream(Tokenizer.From(Vocabularies.ByteLevel()));
        Assert.Equal(["a", "", ""], new[] { 'a', 0xf0, 0x9f }.Select(id => stream.Push(id)));
        Assert.Equal("\ufffd", stream.Flush());
        Assert.Equal("b", stream.Push('b'));
    }

    [Fact]
    public void What_is_no_UTF8_does_not_hold_back_what_follows()
    {
        var stream = new TokenStream(Tokenizer.From(Vocabularies.ByteLevel()));
        Assert.Equal(["", "\ufffda", "\ufffd"], new[] { 0xe2, 'a', 0xff }.Select(id => stream.Push(id)));
    }

    [Fact]
    public void The_first_space_is_the_models_own_only_at_the_beginning_or_after_a_special_token()
    {
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece([("▁a", 0, Vocabularies.Normal)]));
        Assert.Equal("a", new TokenStream(tokenizer).Push(259));
        Assert.Equal("a", new TokenStream(tokenizer, previous: 1).Push(259));
        Assert.Equal(" a", new TokenStream(tokenizer, previous: 259).Push(259));
    }

    [Fact]
    public void The_pieces_together_are_what_decoding_the_whole_gives()
    {
        var pieces = new[] { "▁", "▁é", "a", "🦙", "<x>" }.Select(text =>
            (text, 0f, text == "<x>" ? Vocabularies.UserDefined : Vocabularies.Normal)
        );
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece([.. pieces]));
        Gen.Frequency(
                (1, Gen.Int[0, 258]),
                (1, Gen.Int[3 + 0xe0, 3 + 0xf4]),
                (2, Gen.Int[3 + 0x80, 3 + 0xbf]),
                (1, Gen.Int[259, 263])
            )
            .Array[0, 40]
            .Sample(
                ids =>
                {
                    var stream = new TokenStream(tokenizer);
                    var parts = ids.Select(stream.Push).ToList();
                    parts.Add(stream.Flush());
                    Assert.Equal(tokenizer.Decode(ids), string.Concat(parts));
                    Assert.All(parts, part => Assert.True(IsWhole(part)));
                },
                iter: 3_000
            );
    }

    private static bool IsWhole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
