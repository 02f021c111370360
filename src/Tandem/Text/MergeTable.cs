using System.Runtime.CompilerServices;
using Tandem.Plans;

namespace Tandem.Text;

/// <summary>
/// The merges of a byte-pair vocabulary: which two tokens join into which, and in what order. The merges of one left
/// token lie together, sorted by their right one, so a search is a few steps whatever a file holds.
/// </summary>
internal sealed class MergeTable
{
    private const string Key = "tokenizer.ggml.merges";

    /// <summary>Per left token, where its merges begin; one more entry ends the last.</summary>
    private readonly int[] _starts;

    /// <summary>The right token in the high half, the rank in the low one; ascending within a left token.</summary>
    private readonly ulong[] _rights;

    /// <summary>The joined token, by rank.</summary>
    private readonly int[] _joined;

    private MergeTable(int[] starts, ulong[] rights, int[] joined)
    {
        _starts = starts;
        _rights = rights;
        _joined = joined;
    }

    /// <summary>Reads the merges, each a line of two tokens in the byte alphabet with a space between them.</summary>
    /// <exception cref="InputException">They are missing, or one is not two tokens that join into a third.</exception>
    public static MergeTable From(ModelHeader header, Vocabulary vocabulary)
    {
        var lines = header.Metadata.Strings(Key);
        var lefts = new int[lines.Length];
        var rights = new ulong[lines.Length];
        var joined = new int[lines.Length];
        var starts = new int[vocabulary.Count + 1];
        Span<byte> piece = stackalloc byte[2 * Vocabulary.PieceBytesMax];
        for (var rank = 0; rank < lines.Length; rank++)
        {
            var (left, right) = Read(lines[rank], vocabulary, piece, out joined[rank]);
            if (left < 0 || right < 0 || joined[rank] < 0)
            {
                throw new InputException(
                    $"{header.Source}: '{Key}' entry {rank} is '{Excerpt.Of(lines[rank])}', expected two tokens of the vocabulary"
                        + " that join into a third"
                );
            }
            lefts[rank] = left;
            rights[rank] = ((ulong)right << 32) | (uint)rank;
            starts[left + 1]++;
        }
        return new MergeTable(starts, Arrange(lefts, rights, starts), joined);
    }

    /// <summary>Whether two tokens join, and then the merge's rank (the lowest goes first) and the joined token.</summary>
    public bool TryJoin(int left, int right, out uint rank, out int joined)
    {
        var low = _starts[left];
        var high = _starts[left + 1];
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_rights[middle] < (ulong)right << 32)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        var found = low < _starts[left + 1] && _rights[low] >> 32 == (ulong)right;
        rank = found ? (uint)_rights[low] : 0;
        joined = found ? _joined[rank] : -1;
        return found;
    }

    /// <summary>Brings the merges of one left token together; <paramref name="starts"/> has counts and gets positions.</summary>
    private static ulong[] Arrange(int[] lefts, ulong[] rights, int[] starts)
    {
        for (var left = 1; left < starts.Length; left++)
        {
            starts[left] += starts[left - 1];
        }
        var arranged = new ulong[rights.Length];
        var free = starts.ToArray();
        for (var rank = 0; rank < rights.Length; rank++)
        {
            arranged[free[lefts[rank]]++] = rights[rank];
        }
        for (var left = 1; left < starts.Length; left++)
        {
            if (starts[left] - starts[left - 1] > 1)
            {
                arranged.AsSpan(starts[left - 1], starts[left] - starts[left - 1]).Sort();
            }
        }
        return arranged;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Left, int Right) Read(string line, Vocabulary vocabulary, Span<byte> piece, out int joined)
    {
        joined = -1;
        // A first character that is a space would be a token's own.
        var space = line.Length > 2 ? line.IndexOf(' ', 1) : -1;
        if (space < 0 || line.Length - 1 > piece.Length)
        {
            return (-1, -1);
        }
        var whole = piece[..(line.Length - 1)];
        var left = whole[..space];
        var right = whole[space..];
        if (
            !ByteAlphabet.TryDecode(line.AsSpan(0, space), left)
            || !ByteAlphabet.TryDecode(line.AsSpan(space + 1), right)
        )
        {
            return (-1, -1);
        }
        joined = vocabulary.Find(whole);
        return (vocabulary.Find(left), vocabulary.Find(right));
    }
}
