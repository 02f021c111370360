using System.Text;
using Tandem.Plans;
using Tandem.Text.Splitting;

namespace Tandem.Text;

/// <summary>
/// Byte-level byte-pair encoding (GPT-2 and its successors; <c>tokenizer.ggml.model</c> is <c>gpt2</c>): the text is cut
/// by the model's pre-tokenizer, and within each part bytes join in the order of the merges.
/// </summary>
internal sealed class ByteLevelTokenizer : Tokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly PreTokenizer _preTokenizer;
    private readonly Rule _rule;

    /// <summary>What stands for a byte that has no token; empty where nothing can.</summary>
    private readonly int[] _substitute;

    private ByteLevelTokenizer(Vocabulary vocabulary, SpecialRoles roles, PreTokenizer preTokenizer, MergeTable merges)
        : base(vocabulary, roles)
    {
        _vocabulary = vocabulary;
        _preTokenizer = preTokenizer;
        var bytes = new int[256];
        for (var value = 0; value < 256; value++)
        {
            bytes[value] = vocabulary.Find([(byte)value]);
        }
        _rule = new Rule(bytes, merges);
        var replacement = Encoding.UTF8.GetBytes("\ufffd").Select(value => bytes[value]).ToArray();
        _substitute =
            roles.Unknown is { } unknown ? [unknown]
            : replacement.Contains(-1) ? []
            : replacement;
    }

    /// <summary>The tokenizer of a model.</summary>
    /// <exception cref="InputException">Its metadata is missing, unknown, or contradicts itself.</exception>
    public static new ByteLevelTokenizer From(ModelHeader header)
    {
        var preTokenizer = PreTokenizerTable.From(header);
        var vocabulary = Vocabulary.From(header, WritePiece);
        var defaults = new SpecialRoles(null, null, null, preTokenizer.AddsBos, false, new HashSet<int>());
        var roles = SpecialRoles.From(header, vocabulary, defaults);
        return new ByteLevelTokenizer(vocabulary, roles, preTokenizer, MergeTable.From(header, vocabulary));
    }

    /// <inheritdoc/>
    private protected override void EncodePlain(ReadOnlySpan<byte> text, Merger merger, List<int> ids)
    {
        var ends = new List<int>();
        _preTokenizer.Split(text, ends);
        var start = 0;
        foreach (var end in ends)
        {
            EncodePart(text[start..end], merger, ids);
            start = end;
        }
    }

    private void EncodePart(ReadOnlySpan<byte> part, Merger merger, List<int> ids)
    {
        if (_preTokenizer.WholeWords && _vocabulary.Find(part) is var whole and >= 0)
        {
            ids.Add(whole);
            return;
        }
        merger.Run(_rule, part);
        for (var start = 0; start < part.Length; start = merger.Next(start))
        {
            if (merger.Id(start) is var id and >= 0)
            {
                ids.Add(id);
                continue;
            }
            if (_substitute.Length == 0)
            {
                throw NoToken(part[start]);
            }
            ids.AddRange(_substitute);
        }
    }

    /// <summary>Normal tokens are written in the byte alphabet, and special ones as plain text.</summary>
    private static int WritePiece(string text, TokenType type, Span<byte> piece) =>
        type == TokenType.Normal && ByteAlphabet.TryDecode(text, piece)
            ? text.Length
            : Encoding.UTF8.GetBytes(text, piece);

    private sealed record Rule(int[] Bytes, MergeTable Merges) : IMergeRule
    {
        public int First(ReadOnlySpan<byte> text, out int id)
        {
            id = Bytes[text[0]];
            return 1;
        }

        public bool TryJoin(ReadOnlySpan<byte> both, int left, int right, out uint priority, out int joined)
        {
            if (left >= 0 && right >= 0)
            {
                return Merges.TryJoin(left, right, out priority, out joined);
            }
            (priority, joined) = (0, -1);
            return false;
        }
    }
}
