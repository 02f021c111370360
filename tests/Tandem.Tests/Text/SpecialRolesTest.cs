using Tandem.Text;

namespace Tandem.Tests.Text;

public class SpecialRolesTest
{
    private static readonly (string, int)[] Marks = [("<s>", Vocabularies.Control), ("</s>", Vocabularies.Control)];

    [Theory]
    [InlineData("gpt-2", false)]
    [InlineData("qwen2", false)]
    [InlineData("dbrx", false)]
    [InlineData("llama-bpe", true)]
    public void Where_the_file_does_not_say_the_kind_decides_whether_a_prompt_begins_with_BOS(string pre, bool adds)
    {
        var header = Vocabularies.ByteLevel(pre, others: Marks, more: ("tokenizer.ggml.bos_token_id", 256u));
        var tokenizer = Tokenizer.From(header);
        Assert.Equal(adds, tokenizer.AddsBos);
        Assert.Equal(adds ? [256, 'x'] : ['x'], tokenizer.Encode("x"));
        Assert.Equal(['x'], tokenizer.Encode("x", addSpecial: false));
    }

    [Fact]
    public void SentencePiece_models_begin_with_BOS_and_have_conventional_ids()
    {
        var tokenizer = Tokenizer.From(Vocabularies.SentencePiece([]));
        Assert.Equal((1, 2, true, false), (tokenizer.Bos, tokenizer.Eos, tokenizer.AddsBos, tokenizer.AddsEos));
        Assert.Equal([2], tokenizer.EndOfGeneration);
        Assert.Equal(259, tokenizer.VocabularySize);
    }

    [Fact]
    public void What_the_file_says_wins()
    {
        var header = Vocabularies.ByteLevel(
            "llama-bpe",
            null,
            Marks,
            ("tokenizer.ggml.bos_token_id", 256u),
            ("tokenizer.ggml.eos_token_id", 257u),
            ("tokenizer.ggml.add_bos_token", false),
            ("tokenizer.ggml.add_eos_token", true)
        );
        var tokenizer = Tokenizer.From(header);
        Assert.Equal(['x', 257], tokenizer.Encode("x"));
        Assert.Equal((256, 257), (tokenizer.Bos, tokenizer.Eos));
    }

    [Fact]
    public void An_answer_ends_at_the_end_of_sequence_of_turn_and_of_message()
    {
        var header = Vocabularies.ByteLevel(
            "llama-bpe",
            null,
            [("[a]", Vocabularies.Control), ("[b]", Vocabularies.Control), ("[c]", Vocabularies.Control), .. Marks],
            ("tokenizer.ggml.eos_token_id", 256u),
            ("tokenizer.ggml.eot_token_id", 257u),
            ("tokenizer.ggml.eom_token_id", 258u)
        );
        Assert.Equal([256, 257, 258, 260], Tokenizer.From(header).EndOfGeneration.Order());
    }

    [Fact]
    public void An_id_outside_the_vocabulary_is_an_error()
    {
        var header = Vocabularies.ByteLevel(more: ("tokenizer.ggml.eos_token_id", 256u));
        var error = Assert.Throws<InputException>(() => Tokenizer.From(header));
        Assert.Contains("'tokenizer.ggml.eos_token_id' is 256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_shall_be_added_must_be_named()
    {
        var header = Vocabularies.ByteLevel(more: ("tokenizer.ggml.add_bos_token", true));
        var error = Assert.Throws<InputException>(() => Tokenizer.From(header));
        Assert.Contains("bos_token_id' is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_is_not_in_the_vocabulary_cannot_be_decoded()
    {
        var tokenizer = Tokenizer.From(Vocabularies.ByteLevel());
        Assert.Throws<InputException>(() => tokenizer.Decode([256]));
        Assert.Throws<InputException>(() => tokenizer.PieceText(-1));
        Assert.Throws<InputException>(() => tokenizer.IsControl(256));
        Assert.Throws<InputException>(() => new TokenStream(tokenizer).Push(256));
    }
}
