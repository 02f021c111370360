using Tandem.Plans;

namespace Tandem.Text;

/// <summary>
/// The tokens that a model gives a part to play, from <c>tokenizer.ggml.*_token_id</c> and <c>add_*_token</c>.
/// </summary>
/// <param name="Bos">Begins a sequence.</param>
/// <param name="Eos">Ends one.</param>
/// <param name="Unknown">Stands for what the vocabulary cannot say.</param>
/// <param name="AddsBos">Whether prompts begin with <paramref name="Bos"/>.</param>
/// <param name="AddsEos">Whether prompts end with <paramref name="Eos"/>.</param>
/// <param name="EndOfGeneration">Every token that ends an answer: end of sequence, of turn and of message.</param>
internal sealed record SpecialRoles(
    int? Bos,
    int? Eos,
    int? Unknown,
    bool AddsBos,
    bool AddsEos,
    IReadOnlySet<int> EndOfGeneration
)
{
    /// <summary>Reads the roles.</summary>
    /// <param name="header">The model.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    /// <param name="defaults">What holds where the file says nothing.</param>
    /// <exception cref="InputException">An id is not in the vocabulary, or a token shall be added that is not named.</exception>
    public static SpecialRoles From(ModelHeader header, Vocabulary vocabulary, SpecialRoles defaults)
    {
        int? Id(string role, int? fallback) => ReadId(header, vocabulary, role, fallback);

        var bos = Id("bos", defaults.Bos);
        var eos = Id("eos", defaults.Eos);
        var ends = new HashSet<int>();
        foreach (var id in new[] { eos, Id("eot", null), Id("eom", null) }.OfType<int>())
        {
            ends.Add(id);
        }
        var tokens = header.Metadata.Strings("tokenizer.ggml.tokens");
        for (var id = 0; id < tokens.Length; id++)
        {
            if (TokenTypes.IsEnd(tokens[id], vocabulary.Type(id)))
            {
                ends.Add(id);
            }
        }
        return new SpecialRoles(
            bos,
            eos,
            Id("unknown", defaults.Unknown),
            Adds(header, "bos", bos, defaults.AddsBos),
            Adds(header, "eos", eos, defaults.AddsEos),
            ends
        );
    }

    private static int? ReadId(ModelHeader header, Vocabulary vocabulary, string role, int? fallback)
    {
        var count = vocabulary.Count;
        var key = $"tokenizer.ggml.{role}_token_id";
        if (!header.Metadata.Has(key))
        {
            // The conventional ids hold only where they are no text.
            return fallback < count && vocabulary.Type(fallback.Value) is TokenType.Control or TokenType.Unknown
                ? fallback
                : null;
        }
        var id = header.Metadata.Int(key);
        return id >= 0 && id < count
            ? id
            : throw new InputException(
                $"{header.Source}: '{key}' is {id}, expected an id below {count}, the number of tokens"
            );
    }

    private static bool Adds(ModelHeader header, string role, int? id, bool fallback)
    {
        var key = $"tokenizer.ggml.add_{role}_token";
        if (!header.Metadata.Has(key))
        {
            return fallback && id is not null;
        }
        return header.Metadata.Bool(key) && id is null
            ? throw new InputException(
                $"{header.Source}: '{key}' is true, and 'tokenizer.ggml.{role}_token_id' is missing"
            )
            : header.Metadata.Bool(key);
    }
}
