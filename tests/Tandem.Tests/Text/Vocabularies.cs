using Tandem.Plans;

namespace Tandem.Tests.Text;

/// <summary>Small vocabularies of every kind, as the metadata of a model that has nothing else.</summary>
internal static class Vocabularies
{
    public const int Normal = 1;
    public const int Unknown = 2;
    public const int Control = 3;
    public const int UserDefined = 4;
    public const int Byte = 6;

    /// <summary>A header with these keys and no tensors.</summary>
    public static ModelHeader Header(params (string Key, object Value)[] values)
    {
        var metadata = new Dictionary<string, object>();
        foreach (var (key, value) in values)
        {
            metadata[key] = value;
        }
        return new ModelHeader("test.gguf", new Metadata("test.gguf", metadata), new Dictionary<string, TensorInfo>());
    }

    /// <summary>
    /// A byte-level vocabulary: ids 0 to 255 are the bytes, then comes what each merge joins, then the other tokens.
    /// </summary>
    public static ModelHeader ByteLevel(
        string pre = "gpt-2",
        string[]? merges = null,
        (string Text, int Type)[]? others = null,
        params (string Key, object Value)[] more
    )
    {
        merges ??= [];
        others ??= [];
        string[] joined = [.. merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)).Distinct()];
        string[] tokens = [.. ByteNames(), .. joined, .. others.Select(other => other.Text)];
        int[] types = [.. Enumerable.Repeat(Normal, 256 + joined.Length), .. others.Select(other => other.Type)];
        return Header([
            ("tokenizer.ggml.model", "gpt2"),
            ("tokenizer.ggml.pre", pre),
            ("tokenizer.ggml.tokens", tokens),
            ("tokenizer.ggml.token_type", types),
            ("tokenizer.ggml.merges", merges),
            .. more,
        ]);
    }

    /// <summary>
    /// A SentencePiece vocabulary: ids 0 to 2 are unk, s and /s, 3 to 258 the byte tokens, then come the pieces, whose
    /// spaces are written ▁.
    /// </summary>
    public static ModelHeader SentencePiece(
        (string Text, float Score, int Type)[] pieces,
        params (string Key, object Value)[] more
    )
    {
        (string Text, float Score, int Type)[] all =
        [
            ("<unk>", 0, Unknown),
            ("<s>", 0, Control),
            ("</s>", 0, Control),
            .. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, Byte)),
            .. pieces,
        ];
        return Header([
            ("tokenizer.ggml.model", "llama"),
            ("tokenizer.ggml.tokens", all.Select(piece => piece.Text).ToArray()),
            ("tokenizer.ggml.scores", all.Select(piece => piece.Score).ToArray()),
            ("tokenizer.ggml.token_type", all.Select(piece => piece.Type).ToArray()),
            .. more,
        ]);
    }

    /// <summary>The characters by which byte-level vocabularies write bytes: printable ones are themselves.</summary>
    public static string[] ByteNames()
    {
        var names = new string[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var isPrintable = value is > 32 and < 127 or > 160 and not 173;
            names[value] = ((char)(isPrintable ? value : next++)).ToString();
        }
        return names;
    }
}
