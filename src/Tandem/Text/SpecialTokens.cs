using System.Buffers;

namespace Tandem.Text;

/// <summary>
/// Finds the tokens that are found before text is split: at each place the longest that begins there, from left to
/// right. An automaton over the reversed tokens (Aho and Corasick, 1975) reads the text from its end, so that at each
/// byte it knows the longest token beginning there; time is linear in the text, whatever the tokens are.
/// </summary>
internal sealed class SpecialTokens
{
    private readonly SearchValues<byte> _lastBytes;

    // State k of the automaton, 0 the root. Its children are firstChild[k] up to firstChild[k + 1].
    private readonly int[] _firstChild;
    private readonly byte[] _byte;

    // Where to go on when no child fits: the state of the longest proper suffix that is one.
    private readonly int[] _fallback;

    // The longest token that ends here, or −1.
    private readonly int[] _token;

    /// <summary>The automaton of these tokens; empty pieces are left out.</summary>
    public SpecialTokens(Vocabulary vocabulary, IEnumerable<int> ids)
    {
        var pieces = ids.Select(id => (Id: id, Piece: Reversed(vocabulary.Piece(id))))
            .Where(entry => entry.Piece.Length > 0)
            .ToArray();
        Array.Sort(
            pieces,
            (a, b) => a.Piece.AsSpan().SequenceCompareTo(b.Piece) is var order and not 0 ? order : a.Id - b.Id
        );
        _lastBytes = SearchValues.Create([.. pieces.Select(entry => entry.Piece[0]).Distinct()]);
        var states = 1 + pieces.Sum(entry => entry.Piece.Length);
        _firstChild = new int[states + 1];
        _byte = new byte[states];
        _fallback = new int[states];
        _token = new int[states];
        Build(pieces);
    }

    /// <summary>
    /// The place and id of each longest token in a text, in descending order of places; they may overlap, and the one
    /// who reads them from the left takes each that begins where the one before has ended.
    /// </summary>
    public void Find(ReadOnlySpan<byte> text, List<(int Start, int Id)> found)
    {
        var state = 0;
        for (var at = text.Length - 1; at >= 0; at--)
        {
            if (state == 0)
            {
                at = text[..(at + 1)].LastIndexOfAny(_lastBytes);
                if (at < 0)
                {
                    return;
                }
            }
            state = Step(state, text[at]);
            if (_token[state] >= 0)
            {
                found.Add((at, _token[state]));
            }
        }
    }

    private void Build((int Id, byte[] Piece)[] pieces)
    {
        // The pieces of a state lie together, since they are sorted; states are made level by level.
        var ranges = new List<(int From, int To, int Depth)> { (0, pieces.Length, 0) };
        _token[0] = -1;
        for (var state = 0; state < ranges.Count; state++)
        {
            var (from, to, depth) = ranges[state];
            _firstChild[state] = ranges.Count;
            while (from < to && pieces[from].Piece.Length == depth)
            {
                from++;
            }
            while (from < to)
            {
                var first = from;
                var label = pieces[first].Piece[depth];
                while (from < to && pieces[from].Piece[depth] == label)
                {
                    from++;
                }
                var child = ranges.Count;
                ranges.Add((first, from, depth + 1));
                _byte[child] = label;
                _fallback[child] = state == 0 ? 0 : Step(_fallback[state], label);
                _token[child] = pieces[first].Piece.Length == depth + 1 ? pieces[first].Id : _token[_fallback[child]];
            }
        }
        _firstChild[ranges.Count] = ranges.Count;
    }

    private int Step(int state, byte label)
    {
        while (true)
        {
            var first = _firstChild[state];
            var child = _byte.AsSpan(first, _firstChild[state + 1] - first).IndexOf(label);
            if (child >= 0)
            {
                return first + child;
            }
            if (state == 0)
            {
                return 0;
            }
            state = _fallback[state];
        }
    }

    private static byte[] Reversed(ReadOnlySpan<byte> piece)
    {
        var reversed = piece.ToArray();
        reversed.AsSpan().Reverse();
        return reversed;
    }
}
