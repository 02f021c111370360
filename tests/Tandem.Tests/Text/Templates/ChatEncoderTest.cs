using System.Text;
using CsCheck;
using Tandem.Text;
using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

public class ChatEncoderTest
{
    private static readonly (string Text, int Type)[] Tokens =
    [
        ("<s>", Vocabularies.Control),
        ("<|user|>", Vocabularies.Control),
        ("<|end|>", Vocabularies.Control),
        ("<think>", Vocabularies.UserDefined),
        ("d<", Vocabularies.UserDefined),
    ];

    private static readonly ChatTemplate Template = ChatTemplate.Parse(
        "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}"
    );

    [Fact]
    public void Control_tokens_are_those_that_the_template_wrote()
    {
        var chat = Template.RenderChat([new("user", "a<|end|>b")], false, new TemplateContext());
        Assert.Equal([257, 'a', .. "<|end|>"u8, 'b', 258], ChatEncoder.Encode(ByteLevel(), chat, parseSpecial: false));
        Assert.Equal([257, 'a', 258, 'b', 258], ChatEncoder.Encode(ByteLevel(), chat, parseSpecial: true));
    }

    [Fact]
    public void A_control_token_that_a_message_begins_and_the_template_ends_is_text()
    {
        var chat = Template.RenderChat([new("user", "<|end|><|end|")], false, new TemplateContext());
        Assert.Equal([257, .. "<|end|><|end|"u8, 258], ChatEncoder.Encode(ByteLevel(), chat, parseSpecial: false));
        var rest = new RenderedChat("<|end|>", [new("<|en", IsData: true), new("d|>", IsData: false)]);
        Assert.Equal(
            [.. "<|end|>"u8],
            ChatEncoder.Encode(ByteLevel(), rest, parseSpecial: false).Select(id => (byte)id)
        );
    }

    [Fact]
    public void A_message_cannot_make_a_longer_token_of_one_that_the_template_wrote()
    {
        var tokenizer = Tokenizer.From(
            Vocabularies.ByteLevel(others: [("<s>", Vocabularies.Control), ("<s>more", Vocabularies.Control)])
        );
        var chat = new RenderedChat("<s>more", [new("<s>", IsData: false), new("more", IsData: true)]);
        Assert.Equal([256, .. "more"u8], ChatEncoder.Encode(tokenizer, chat, parseSpecial: false));
        Assert.Equal([257], ChatEncoder.Encode(tokenizer, chat, parseSpecial: true));
    }

    [Fact]
    public void A_user_defined_token_is_found_in_messages_too()
    {
        var chat = Template.RenderChat([new("user", "<think>")], false, new TemplateContext());
        Assert.Equal([257, 259, 258], ChatEncoder.Encode(ByteLevel(), chat, parseSpecial: false));
    }

    [Fact]
    public void A_prompt_begins_with_BOS_once_where_the_model_wants_it()
    {
        var tokenizer = ByteLevel(("tokenizer.ggml.bos_token_id", 256u), ("tokenizer.ggml.add_bos_token", true));
        var without = new RenderedChat("x", [new("x", IsData: false)]);
        var with = new RenderedChat("<s>x", [new("<s>x", IsData: false)]);
        var spelled = new RenderedChat("<s>", [new("<s>", IsData: true)]);
        Assert.Equal([256, 'x'], ChatEncoder.Encode(tokenizer, without, parseSpecial: false));
        Assert.Equal([256, 'x'], ChatEncoder.Encode(tokenizer, with, parseSpecial: false));
        Assert.Equal([256, .. "<s>"u8], ChatEncoder.Encode(tokenizer, spelled, parseSpecial: false));
        Assert.Equal([256], ChatEncoder.Encode(tokenizer, new RenderedChat("", []), parseSpecial: false));
        Assert.Equal(['x'], ChatEncoder.Encode(ByteLevel(), without, parseSpecial: false));
    }

    [Fact]
    public void Where_no_message_spells_a_control_token_the_ids_are_those_of_the_whole_text()
    {
        Tokenizer[] tokenizers = [ByteLevel(), SentencePiece(addsSpace: true), SentencePiece(addsSpace: false)];
        var data = OneOf("a", "b", "ab", " ", "é", "<think>", "d", "<", "😀", "▁");
        var written = Gen.OneOf(data, OneOf("<|user|>", "<|end|>", "<s>"));
        var segment = Gen.OneOf(
            data.Select(text => new TemplateSegment(text, IsData: true)),
            written.Select(text => new TemplateSegment(text, IsData: false))
        );
        segment
            .Array[0, 12]
            .Sample(
                segments =>
                {
                    var chat = new RenderedChat(string.Concat(segments.Select(part => part.Text)), Joined(segments));
                    foreach (var tokenizer in tokenizers)
                    {
                        var whole = tokenizer.Encode(Encoding.UTF8.GetBytes(chat.Text), addSpecial: false);
                        Assert.Equal(whole, ChatEncoder.Encode(tokenizer, chat, parseSpecial: false));
                    }
                },
                iter: 3_000
            );
    }

    /// <summary>Neighbours of one origin as one segment, the way templates give them.</summary>
    private static List<TemplateSegment> Joined(TemplateSegment[] segments)
    {
        List<TemplateSegment> joined = [];
        foreach (var segment in segments)
        {
            if (joined.Count > 0 && joined[^1].IsData == segment.IsData)
            {
                joined[^1] = segment with { Text = joined[^1].Text + segment.Text };
            }
            else
            {
                joined.Add(segment);
            }
        }
        return joined;
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static Tokenizer ByteLevel(params (string Key, object Value)[] more) =>
        Tokenizer.From(Vocabularies.ByteLevel(others: Tokens, more: more));

    private static Tokenizer SentencePiece(bool addsSpace) =>
        Tokenizer.From(
            Vocabularies.SentencePiece(
                [
                    ("▁a", -1, Vocabularies.Normal),
                    ("ab", -2, Vocabularies.Normal),
                    ("▁ab", -3, Vocabularies.Normal),
                    ("▁", -4, Vocabularies.Normal),
                    ("a", -5, Vocabularies.Normal),
                    ("b", -6, Vocabularies.Normal),
                    .. Tokens.Skip(1).Select(token => (token.Text, 0f, token.Type)),
                ],
                ("tokenizer.ggml.add_space_prefix", addsSpace),
                ("tokenizer.ggml.add_bos_token", false)
            )
        );
}
