using System.Diagnostics;

namespace Tandem.Text;

/// <summary>
/// Joins the symbols of a text pair by pair, best pair first, until none joins: the loop that byte-pair encoding and
/// SentencePiece share. A symbol is named by the byte at which it begins. Time is O(n log n) in the text's bytes,
/// whatever the text; one instance serves many texts in turn and keeps its room.
/// </summary>
internal sealed class Merger
{
    private readonly MergeQueue _queue = new();
    private int[] _next = [];
    private int[] _previous = [];
    private int[] _ids = [];
    private int _length;

    /// <summary>Joins what joins; then <see cref="Next"/> and <see cref="Id"/> tell the symbols that are left, from 0 on.</summary>
    public void Run<TRule>(TRule rule, ReadOnlySpan<byte> text)
        where TRule : IMergeRule
    {
        Cut(rule, text);
        while (_queue.Count > 0)
        {
            var key = _queue.Pop();
            var left = (int)(uint)key;
            var right = _next[left];
            // A key is stale when its left symbol has gone into another, or its pair has changed since.
            if (right <= left || right == _length)
            {
                continue;
            }
            var end = _next[right];
            if (
                !rule.TryJoin(text[left..end], _ids[left], _ids[right], out var priority, out var joined)
                || priority != key >> 32
            )
            {
                continue;
            }
            _next[left] = end;
            _next[right] = -1;
            _ids[left] = joined;
            if (end < _length)
            {
                _previous[end] = left;
                Offer(rule, text, left);
            }
            if (left > 0)
            {
                Offer(rule, text, _previous[left]);
            }
        }
    }

    /// <summary>Where the symbol at <paramref name="start"/> ends and the next begins.</summary>
    public int Next(int start)
    {
        Debug.Assert(_next[start] > start, "no symbol begins there");
        return _next[start];
    }

    /// <summary>The token of the symbol at <paramref name="start"/>, or −1 where the vocabulary has none.</summary>
    public int Id(int start) => _ids[start];

    private void Cut<TRule>(TRule rule, ReadOnlySpan<byte> text)
        where TRule : IMergeRule
    {
        _length = text.Length;
        if (_next.Length < _length)
        {
            var room = (int)Math.Max(_length, Math.Min(2L * _next.Length, Array.MaxLength));
            _next = new int[room];
            _previous = new int[room];
            _ids = new int[room];
        }
        var previous = 0;
        for (var start = 0; start < _length; start = _next[start])
        {
            _next[start] = start + rule.First(text[start..], out _ids[start]);
            _previous[start] = previous;
            previous = start;
        }
        for (var start = 0; start < _length; start = _next[start])
        {
            Offer(rule, text, start);
        }
    }

    private void Offer<TRule>(TRule rule, ReadOnlySpan<byte> text, int left)
        where TRule : IMergeRule
    {
        var right = _next[left];
        if (right < _length && rule.TryJoin(text[left.._next[right]], _ids[left], _ids[right], out var priority, out _))
        {
            _queue.Push(((ulong)priority << 32) | (uint)left);
        }
    }
}
