using System.Globalization;
using System.Text;
using Tandem.Plans;

namespace Tandem.Text;

/// <summary>
/// SentencePiece's byte-pair encoding (Llama 2, Mistral, Gemma, Phi-3; <c>tokenizer.ggml.model</c> is <c>llama</c>):
/// neighbours join when together they are a piece, the piece of the highest score first. Spaces are written <c>▁</c> in
/// the file; characters without a piece become byte tokens.
/// </summary>
internal sealed class SentencePieceTokenizer : Tokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly Rule _rule;
    private readonly int[] _bytes;
    private readonly bool _joinsOverSpaces;
    private readonly bool _skipsSpaceAfterSpecials;

    private SentencePieceTokenizer(ModelHeader header, Vocabulary vocabulary, SpecialRoles roles, int[] bytes)
        : base(vocabulary, roles)
    {
        _vocabulary = vocabulary;
        _bytes = bytes;
        _rule = new Rule(vocabulary, Priorities(header, vocabulary.Count));
        AddsSpace = header.Metadata.Bool("tokenizer.ggml.add_space_prefix", true);
        _joinsOverSpaces = JoinsOverSpaces(vocabulary);
        _skipsSpaceAfterSpecials = header.Metadata.String("general.architecture", "") == "phi3";
    }

    /// <inheritdoc/>
    private protected override bool AddsSpace { get; }

    /// <summary>The tokenizer of a model.</summary>
    /// <exception cref="InputException">Its metadata is missing, unknown, or contradicts itself.</exception>
    public static new SentencePieceTokenizer From(ModelHeader header)
    {
        var preTokenizer = header.Metadata.String("tokenizer.ggml.pre", "default");
        if (preTokenizer != "default")
        {
            throw new InputException(
                $"{header.Source}: unknown pre-tokenizer '{Excerpt.Of(preTokenizer)}' in 'tokenizer.ggml.pre', expected default:"
                    + " a SentencePiece vocabulary has none"
            );
        }
        var vocabulary = Vocabulary.From(header, WritePiece);
        var defaults = new SpecialRoles(1, 2, 0, true, false, new HashSet<int>());
        var roles = SpecialRoles.From(header, vocabulary, defaults);
        return new SentencePieceTokenizer(header, vocabulary, roles, Bytes(vocabulary, roles));
    }

    /// <inheritdoc/>
    private protected override void EncodePlain(ReadOnlySpan<byte> text, Merger merger, List<int> ids)
    {
        if (text.IsEmpty)
        {
            return;
        }
        text = Normalize(text);
        while (!text.IsEmpty)
        {
            var end = _joinsOverSpaces ? text.Length : WordEnd(text);
            EncodeWord(text[..end], merger, ids);
            text = text[end..];
        }
    }

    private void EncodeWord(ReadOnlySpan<byte> text, Merger merger, List<int> ids)
    {
        merger.Run(_rule, text);
        for (var start = 0; start < text.Length; start = merger.Next(start))
        {
            if (merger.Id(start) is var id and >= 0)
            {
                ids.Add(id);
                continue;
            }
            foreach (var value in text[start..merger.Next(start)])
            {
                ids.Add(_bytes[value] >= 0 ? _bytes[value] : throw NoToken(value));
            }
        }
    }

    /// <summary>The end of the spaces that begin a text and of the word after them.</summary>
    private static int WordEnd(ReadOnlySpan<byte> text)
    {
        var word = text.IndexOfAnyExcept((byte)' ');
        var length = word < 0 ? -1 : text[word..].IndexOf((byte)' ');
        return length < 0 ? text.Length : word + length;
    }

    /// <summary>Whether a piece goes on over a space after something else; without any, words can be encoded one by one.</summary>
    private static bool JoinsOverSpaces(Vocabulary vocabulary)
    {
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (WordEnd(vocabulary.Piece(id)) < vocabulary.Piece(id).Length)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Phi-3's special tokens take the white space after them, but not these three.</summary>
    private protected override int SkipAfter(int id, ReadOnlySpan<byte> text, int end)
    {
        if (!_skipsSpaceAfterSpecials || PieceText(id) is "<unk>" or "<s>" or "<|endoftext|>")
        {
            return end;
        }
        for (var c = Character.At(text, end); c.Is(CharacterKind.Space); c = Character.At(text, end))
        {
            end += c.Length;
        }
        return end;
    }

    /// <summary>Puts the model's own space before the text. The file's sign for a space means one in text, too.</summary>
    private ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text)
    {
        if (!AddsSpace && text.IndexOf("▁"u8) < 0)
        {
            return text;
        }
        var normalized = new byte[text.Length + 1];
        normalized[0] = (byte)' ';
        var length = AddsSpace ? 1 : 0;
        while (text.IndexOf("▁"u8) is var sign and >= 0)
        {
            text[..sign].CopyTo(normalized.AsSpan(length));
            normalized[length + sign] = (byte)' ';
            length += sign + 1;
            text = text[(sign + "▁"u8.Length)..];
        }
        text.CopyTo(normalized.AsSpan(length));
        return normalized.AsSpan(0, length + text.Length);
    }

    private static int WritePiece(string text, TokenType type, Span<byte> piece)
    {
        if (type == TokenType.Byte && TryReadByte(text, out var value))
        {
            piece[0] = value;
            return 1;
        }
        return Encoding.UTF8.GetBytes(type == TokenType.Normal ? text.Replace('▁', ' ') : text, piece);
    }

    private static bool TryReadByte(string text, out byte value)
    {
        value = 0;
        return text.Length == 6
            && text.StartsWith("<0x", StringComparison.Ordinal)
            && text[5] == '>'
            && byte.TryParse(
                text.AsSpan(3, 2),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out value
            );
    }

    /// <summary>The token of each byte: its byte token, else the piece that is this byte, else the unknown token, else −1.</summary>
    private static int[] Bytes(Vocabulary vocabulary, SpecialRoles roles)
    {
        var bytes = new int[256];
        for (var value = 0; value < 256; value++)
        {
            var piece = vocabulary.Find([(byte)value]);
            bytes[value] = piece >= 0 ? piece : roles.Unknown ?? -1;
        }
        for (var id = vocabulary.Count - 1; id >= 0; id--)
        {
            if (vocabulary.Type(id) == TokenType.Byte && vocabulary.Piece(id).Length == 1)
            {
                bytes[vocabulary.Piece(id)[0]] = id;
            }
        }
        return bytes;
    }

    /// <summary>Scores as unsigned integers of the opposite order, so that the highest score is the smallest.</summary>
    private static uint[] Priorities(ModelHeader header, int count)
    {
        const string key = "tokenizer.ggml.scores";
        var scores =
            header.Metadata.Floats(key) ?? throw new InputException($"{header.Source}: key '{key}' is missing");
        if (scores.Length != count)
        {
            throw new InputException($"{header.Source}: '{key}' has {scores.Length} entries for {count} tokens");
        }
        var priorities = new uint[count];
        for (var id = 0; id < count; id++)
        {
            if (float.IsNaN(scores[id]))
            {
                throw new InputException(
                    $"{header.Source}: token {id} has the score NaN in '{key}', expected a number"
                );
            }
            // Adding zero makes −0 into 0; the bits of a positive float ascend with it, those of a negative one descend.
            var bits = BitConverter.SingleToUInt32Bits(scores[id] + 0f);
            priorities[id] = bits >> 31 == 0 ? ~(bits | 0x8000_0000) : bits;
        }
        return priorities;
    }

    private sealed record Rule(Vocabulary Vocabulary, uint[] Priorities) : IMergeRule
    {
        public int First(ReadOnlySpan<byte> text, out int id)
        {
            var length = Character.At(text, 0).Length;
            id = Vocabulary.Find(text[..length]);
            return length;
        }

        public bool TryJoin(ReadOnlySpan<byte> both, int left, int right, out uint priority, out int joined)
        {
            joined = both.Length <= Vocabulary.LongestPiece ? Vocabulary.Find(both) : -1;
            priority = joined >= 0 ? Priorities[joined] : 0;
            return joined >= 0;
        }
    }
}
