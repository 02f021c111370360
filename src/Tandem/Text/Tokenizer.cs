using System.Globalization;
using System.Text;
using Tandem.Plans;

namespace Tandem.Text;

/// <summary>
/// A model's vocabulary, read from its GGUF metadata: text to ids and back. Texts are bytes, and need not be UTF-8.
/// Instances are immutable; any number of threads may use one at once.
/// </summary>
public abstract class Tokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly SpecialRoles _roles;

    /// <summary>Tokens found in text before it is split: all of them, and those that are found in any text.</summary>
    private readonly SpecialTokens _specials;
    private readonly SpecialTokens _userDefined;

    private protected Tokenizer(Vocabulary vocabulary, SpecialRoles roles)
    {
        _vocabulary = vocabulary;
        _roles = roles;
        var ids = Enumerable.Range(0, vocabulary.Count);
        _specials = new SpecialTokens(vocabulary, ids.Where(IsSpecial));
        _userDefined = new SpecialTokens(vocabulary, ids.Where(id => vocabulary.Type(id) == TokenType.UserDefined));
    }

    /// <summary>The number of tokens.</summary>
    public int VocabularySize => _vocabulary.Count;

    /// <summary>The token that begins a sequence, where the model has one.</summary>
    public int? Bos => _roles.Bos;

    /// <summary>The token that ends a sequence, where the model has one.</summary>
    public int? Eos => _roles.Eos;

    /// <summary>Whether <see cref="Encode(ReadOnlySpan{byte}, bool, bool)"/> puts <see cref="Bos"/> first when it adds special tokens.</summary>
    public bool AddsBos => _roles.AddsBos;

    /// <summary>Whether <see cref="Encode(ReadOnlySpan{byte}, bool, bool)"/> puts <see cref="Eos"/> last when it adds special tokens.</summary>
    public bool AddsEos => _roles.AddsEos;

    /// <summary>Every token at which an answer ends: end of sequence, end of turn, end of message.</summary>
    public IReadOnlySet<int> EndOfGeneration => _roles.EndOfGeneration;

    /// <summary>Whether text begins with a space that the model expects and the user did not write.</summary>
    private protected virtual bool AddsSpace => false;

    /// <summary>The tokenizer of a model.</summary>
    /// <exception cref="InputException">The file has none, one of an unknown kind, or one that contradicts itself.</exception>
    public static Tokenizer From(ModelHeader header)
    {
        const string key = "tokenizer.ggml.model";
        if (!header.Metadata.Has(key))
        {
            throw new InputException($"{header.Source}: key '{key}' is missing: the file has no tokenizer");
        }
        return header.Metadata.String(key) switch
        {
            "gpt2" => ByteLevelTokenizer.From(header),
            "llama" => SentencePieceTokenizer.From(header),
            var other => throw new InputException(
                $"{header.Source}: unknown tokenizer '{Excerpt.Of(other)}' in '{key}', expected gpt2 or llama"
            ),
        };
    }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">The text; a lone surrogate reads as U+FFFD.</param>
    /// <param name="addSpecial">Whether to add BOS and EOS where the model wants them.</param>
    /// <param name="parseSpecial">Whether the text of a control token means the token; otherwise it stays text.</param>
    /// <exception cref="InputException">The vocabulary has no token for a byte of the text.</exception>
    public int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true) =>
        Encode(Encoding.UTF8.GetBytes(text), addSpecial, parseSpecial);

    /// <summary>The ids of a text given as bytes, which are kept as they are even where they are no UTF-8.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecial">Whether to add BOS and EOS where the model wants them.</param>
    /// <param name="parseSpecial">Whether the text of a control token means the token; otherwise it stays text.</param>
    /// <exception cref="InputException">The vocabulary has no token for a byte of the text.</exception>
    public int[] Encode(ReadOnlySpan<byte> text, bool addSpecial = true, bool parseSpecial = true) =>
        Encode(text, addSpecial, parseSpecial ? [] : [0..text.Length]);

    /// <summary>The ids of a text of which some parts are data: the text of a control token stays text there.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecial">Whether to add BOS and EOS.</param>
    /// <param name="data">The bytes that are data, in order.</param>
    /// <exception cref="InputException">The vocabulary has no token for a byte of the text.</exception>
    public int[] Encode(ReadOnlySpan<byte> text, bool addSpecial, IReadOnlyList<Range> data)
    {
        var ids = new List<int>();
        if (addSpecial && AddsBos)
        {
            ids.Add(Bos!.Value);
        }
        var found = FindSpecials(text, data);
        var merger = new Merger();
        var done = 0;
        for (var i = found.Count - 1; i >= 0; i--)
        {
            var (start, id) = found[i];
            if (start < done)
            {
                continue;
            }
            EncodePlain(text[done..start], merger, ids);
            ids.Add(id);
            done = SkipAfter(id, text, start + _vocabulary.Piece(id).Length);
        }
        EncodePlain(text[done..], merger, ids);
        if (addSpecial && AddsEos)
        {
            ids.Add(Eos!.Value);
        }
        return [.. ids];
    }

    /// <summary>The text of ids as bytes, which are no UTF-8 where the ids end within a character.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="special">Whether control tokens give their names; otherwise they give nothing.</param>
    /// <exception cref="InputException">An id is not in the vocabulary.</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> ids, bool special = false)
    {
        var bytes = new List<byte>(4 * ids.Length);
        int? previous = null;
        foreach (var id in ids)
        {
            bytes.AddRange(TextAfter(previous, id, special));
            previous = id;
        }
        return [.. bytes];
    }

    /// <summary>The text of ids; what is no UTF-8 gives U+FFFD.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="special">Whether control tokens give their names; otherwise they give nothing.</param>
    /// <exception cref="InputException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool special = false) =>
        Encoding.UTF8.GetString(DecodeBytes(ids, special));

    /// <summary>Whether an id is a control token, which is no text.</summary>
    /// <exception cref="InputException">The id is not in the vocabulary.</exception>
    public bool IsControl(int id) => _vocabulary.Type(Checked(id)) == TokenType.Control;

    /// <summary>The bytes that an id stands for by itself; of a control token, its name.</summary>
    /// <exception cref="InputException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> PieceBytes(int id) => _vocabulary.Piece(Checked(id));

    /// <summary><see cref="PieceBytes"/> as text; a part of a character gives U+FFFD.</summary>
    /// <exception cref="InputException">The id is not in the vocabulary.</exception>
    public string PieceText(int id) => Encoding.UTF8.GetString(PieceBytes(id));

    /// <summary>What an id adds to a text whose last id was <paramref name="previous"/>, or null at its beginning.</summary>
    internal ReadOnlySpan<byte> TextAfter(int? previous, int id, bool special)
    {
        var piece = PieceBytes(id);
        if (!special && _vocabulary.Type(id) is TokenType.Control or TokenType.Unknown or TokenType.Unused)
        {
            return default;
        }
        // The space that encoding put before each stretch of plain text is not the user's.
        var isAdded =
            AddsSpace
            && _vocabulary.Type(id) is TokenType.Normal or TokenType.Byte
            && (previous is null || IsSpecial(previous.Value));
        return isAdded && piece.StartsWith(" "u8) ? piece[1..] : piece;
    }

    /// <summary>Appends the ids of text without special tokens; it may be empty.</summary>
    private protected abstract void EncodePlain(ReadOnlySpan<byte> text, Merger merger, List<int> ids);

    /// <summary>Where text goes on after a special token that ends at <paramref name="end"/>.</summary>
    private protected virtual int SkipAfter(int id, ReadOnlySpan<byte> text, int end) => end;

    /// <summary>The error of a vocabulary that cannot say a byte.</summary>
    private protected static InputException NoToken(byte value) =>
        new(string.Create(CultureInfo.InvariantCulture, $"the vocabulary has no token for byte 0x{value:X2}"));

    /// <summary>
    /// The tokens that are found before text is split, the last one first and of several at one place the longest last.
    /// A control token lies between data entirely; what users defined is found everywhere, across borders too.
    /// </summary>
    private List<(int Start, int Id)> FindSpecials(ReadOnlySpan<byte> text, IReadOnlyList<Range> data)
    {
        var found = new List<(int Start, int Id)>();
        if (data.Count == 0)
        {
            _specials.Find(text, found);
            return found;
        }
        _userDefined.Find(text, found);
        var begin = 0;
        foreach (var range in data)
        {
            FindSpecials(text, begin..range.Start.GetOffset(text.Length), found);
            begin = range.End.GetOffset(text.Length);
        }
        FindSpecials(text, begin..text.Length, found);
        found.Sort(
            (a, b) =>
                a.Start != b.Start ? b.Start - a.Start
                : _vocabulary.Piece(a.Id).Length - _vocabulary.Piece(b.Id).Length is var longer and not 0 ? longer
                : b.Id - a.Id
        );
        return found;
    }

    private void FindSpecials(ReadOnlySpan<byte> text, Range part, List<(int Start, int Id)> found)
    {
        var (start, length) = part.GetOffsetAndLength(text.Length);
        var tokens = new List<(int Start, int Id)>();
        _specials.Find(text.Slice(start, length), tokens);
        found.AddRange(tokens.Select(token => (start + token.Start, token.Id)));
    }

    private bool IsSpecial(int id) =>
        _vocabulary.Type(id) is TokenType.Control or TokenType.UserDefined or TokenType.Unknown;

    private int Checked(int id) =>
        id >= 0 && id < _vocabulary.Count
            ? id
            : throw new InputException($"id {id} is not in the vocabulary, expected 0 to {_vocabulary.Count - 1}");
}
