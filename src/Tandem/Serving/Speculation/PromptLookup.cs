using System.Diagnostics;
using System.Numerics;

namespace Tandem.Serving.Speculation;

/// <summary>
/// Guesses that a text goes on as it did when its last tokens occurred before (Saxena: "Prompt Lookup Decoding", 2023). It
/// indexes the tokens of one sequence as they come: where each one, two and three tokens last ended, and where three of the same hash
/// ended before that. Where the text leaves the place that it followed, that place is read on all the same, as if one token had been
/// exchanged there. Its memory grows with the longest text and stays.
/// </summary>
internal sealed class PromptLookup
{
    /// <summary>How sure a source may be; each way to find one is right at a rate of its own.</summary>
    public const int Kinds = 5;

    private const int Exchanged = 0;
    private const int One = 1;
    private const int Two = 2;
    private const int Three = 3;
    private const int Many = 4;

    private const int ManyTokens = 6;
    private const int None = -1;

    // Of many places that end alike, the latest; and how much longer than that two ends are compared.
    private const int PlacesMax = 64;
    private const int LengthMax = 32;

    private int[] _previous = []; // [positions]: where three tokens of the same hash ended before; None for nowhere
    private int[] _threes = []; // [hash]: where they ended last
    private int[] _twos = []; // [hash]
    private int[] _ones = []; // [hash]
    private int _count; // positions that are indexed
    private int _source; // what is guessed to come at position _at, and on from there
    private int _at = None;
    private int _kind = None;

    /// <summary>Forgets the text, for another.</summary>
    /// <param name="capacity">Tokens to make room for.</param>
    public void Clear(int capacity)
    {
        (_count, _at, _kind) = (0, None, None);
        if (capacity > _previous.Length)
        {
            Grow(capacity);
        }
        Forget();
    }

    /// <summary>Finds where to read on; the kind of the source, or −1 where there is none.</summary>
    /// <param name="tokens">The text so far: that of the last call with more behind it.</param>
    public int Find(ReadOnlySpan<int> tokens)
    {
        Index(tokens);
        var (source, length) = Longest(tokens);
        var kind =
            length >= ManyTokens ? Many
            : length >= 3 ? Three
            : length == 2 ? Two
            : None;
        if (kind == None)
        {
            (source, kind) = Weakest(tokens);
        }
        (_source, _at, _kind) = (source, kind == None ? None : tokens.Length, kind);
        return kind;
    }

    /// <summary>Writes what followed at the source that was found; where that reaches the end, it goes round.</summary>
    /// <param name="tokens">The text so far.</param>
    /// <param name="guesses">To fill.</param>
    public void Copy(ReadOnlySpan<int> tokens, Span<int> guesses)
    {
        Debug.Assert(_at == tokens.Length, "a source was found for this text");
        for (var i = 0; i < guesses.Length; i++)
        {
            var at = _source + i;
            guesses[i] = at < tokens.Length ? tokens[at] : guesses[at - tokens.Length];
        }
    }

    // The end of the text itself is looked up before it is indexed.
    private void Index(ReadOnlySpan<int> tokens)
    {
        if (tokens.Length > _previous.Length)
        {
            _count = 0;
            Grow(2 * tokens.Length);
            Forget();
        }
        for (; _count < tokens.Length - 1; _count++)
        {
            _ones[HashOfOne(tokens, _count)] = _count;
            if (_count >= 1)
            {
                _twos[HashOfTwo(tokens, _count)] = _count;
            }
            if (_count >= 2)
            {
                ref var last = ref _threes[HashOfThree(tokens, _count)];
                (_previous[_count], last) = (last, _count);
            }
        }
    }

    private (int Source, int Length) Longest(ReadOnlySpan<int> tokens)
    {
        var (source, longest, end) = (None, 0, tokens.Length - 1);
        if (end >= 2)
        {
            var place = _threes[HashOfThree(tokens, end)];
            for (var places = 0; place != None && places < PlacesMax && longest < LengthMax; places++)
            {
                var length = LengthOf(tokens, place, end);
                if (length >= 3 && length > longest)
                {
                    (source, longest) = (place + 1, length);
                }
                place = _previous[place];
            }
        }
        if (source == None && end >= 1)
        {
            var place = _twos[HashOfTwo(tokens, end)];
            if (place != None && LengthOf(tokens, place, end) >= 2)
            {
                (source, longest) = (place + 1, 2);
            }
        }
        return (source, longest);
    }

    // Without two tokens to go by: the place that was followed until now, as long as it is no more than a token off; then where
    // the last token occurred; then the place that was followed all the same.
    private (int Source, int Kind) Weakest(ReadOnlySpan<int> tokens)
    {
        var next = _at == None ? tokens.Length : _source + tokens.Length - _at;
        var follows = next < tokens.Length;
        if (follows && (_kind >= Two || tokens[next - 1] == tokens[^1]))
        {
            return (next, Exchanged);
        }
        var place = _ones[HashOfOne(tokens, tokens.Length - 1)];
        if (place != None && tokens[place] == tokens[^1])
        {
            return (place + 1, One);
        }
        return follows ? (next, Exchanged) : (None, None);
    }

    // How many tokens that end at one place are those that end at another.
    private static int LengthOf(ReadOnlySpan<int> tokens, int place, int end)
    {
        var length = 0;
        while (length <= place && length < LengthMax && tokens[place - length] == tokens[end - length])
        {
            length++;
        }
        return length;
    }

    private int HashOfOne(ReadOnlySpan<int> tokens, int end) => Hash(0, (uint)tokens[end]);

    private int HashOfTwo(ReadOnlySpan<int> tokens, int end) => Hash((uint)tokens[end - 1], (uint)tokens[end]);

    private int HashOfThree(ReadOnlySpan<int> tokens, int end) =>
        Hash((uint)tokens[end - 2] * 0x85EBCA6B + (uint)tokens[end - 1], (uint)tokens[end]);

    // The upper bits of a product, as many as the tables have.
    private int Hash(uint first, uint second) =>
        (int)(((((ulong)first << 32) | second) * 0x9E3779B97F4A7C15) >> (64 - BitOperations.Log2((uint)_twos.Length)));

    private void Grow(int capacity)
    {
        var entries = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 1_024));
        (_previous, _threes) = (new int[entries], new int[entries]);
        (_twos, _ones) = (new int[entries], new int[entries]);
    }

    private void Forget()
    {
        Array.Fill(_threes, None);
        Array.Fill(_twos, None);
        Array.Fill(_ones, None);
    }
}
