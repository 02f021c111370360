using System.Collections.Frozen;
using Tandem.Plans;

namespace Tandem.Text;

/// <summary>Reads what kind each token is, and knows the names by which models end an answer.</summary>
internal static class TokenTypes
{
    private const string Key = "tokenizer.ggml.token_type";

    /// <summary>
    /// Names that end an answer in the models of this field. Files exist whose converter wrote them as user-defined or
    /// normal text; they are control tokens all the same, or a user could end the answer by typing one.
    /// </summary>
    private static readonly FrozenSet<string> Ends = FrozenSet.Create(
        "<|eot_id|>",
        "<|eom_id|>",
        "<|im_end|>",
        "<|end|>",
        "<|endoftext|>",
        "<|end_of_text|>",
        "<|fim_pad|>",
        "<|repo_name|>",
        "<|file_sep|>",
        "<end_of_turn>",
        "<end_of_utterance>",
        "<EOT>",
        "<｜end▁of▁sentence｜>"
    );

    /// <summary>Ends too, but only where the file says that they are control tokens: Gemma has <c>&lt;/s&gt;</c> as HTML.</summary>
    private static readonly FrozenSet<string> EndsIfControl = FrozenSet.Create("</s>", "<eos>", "[EOS]", "[EOT]");

    /// <summary>The types of the tokens; without the key all are normal.</summary>
    /// <exception cref="InputException">There are more or fewer types than tokens, or one is none that GGUF has.</exception>
    public static TokenType[] Read(ModelHeader header, string[] tokens)
    {
        var types = new TokenType[tokens.Length];
        var values = Values(header);
        if (values is not null && values.Count != tokens.Length)
        {
            throw new InputException($"{header.Source}: '{Key}' has {values.Count} entries for {tokens.Length} tokens");
        }
        for (var id = 0; id < tokens.Length; id++)
        {
            var value = values is null ? (int)TokenType.Normal : values[id];
            if (value is < (int)TokenType.Normal or > (int)TokenType.Byte)
            {
                throw new InputException($"{header.Source}: token {id} has type {value} in '{Key}', expected 1 to 6");
            }
            types[id] = Ends.Contains(tokens[id]) ? TokenType.Control : (TokenType)value;
        }
        return types;
    }

    /// <summary>Whether a token of that text and type ends an answer.</summary>
    public static bool IsEnd(string text, TokenType type) =>
        type == TokenType.Control && (Ends.Contains(text) || EndsIfControl.Contains(text));

    private static IReadOnlyList<int>? Values(ModelHeader header) =>
        header.Metadata.Values.TryGetValue(Key, out var value) && value is int[] values
            ? values
            : header.Metadata.Ints(Key);
}
