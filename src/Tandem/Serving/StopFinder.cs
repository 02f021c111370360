using System.Text;

namespace Tandem.Serving;

/// <summary>
/// Ends a text before the first stop string. Text that may be the beginning of one is held back until that is decided,
/// so no part of a found stop string is ever let through, however the text is cut into pieces. The stop string that ends first
/// counts, and of several that end together the longest.
/// </summary>
internal sealed class StopFinder
{
    private readonly IReadOnlyList<string> _stops;
    private readonly StringBuilder _held = new();
    private readonly int _lengthMax;

    /// <summary>A finder of these strings; characters are compared as they are.</summary>
    /// <exception cref="InputException">One of them is empty.</exception>
    public StopFinder(IReadOnlyList<string> stops)
    {
        if (stops.Any(string.IsNullOrEmpty))
        {
            throw new InputException("a stop string is empty, expected at least one character");
        }
        _stops = stops;
        _lengthMax = stops.Count == 0 ? 0 : stops.Max(stop => stop.Length);
    }

    /// <summary>Whether a stop string was found; nothing comes out after that.</summary>
    public bool Found { get; private set; }

    /// <summary>Takes the next piece of text and returns what is certain to lie before any stop string.</summary>
    public string Push(string text)
    {
        if (_stops.Count == 0 || Found)
        {
            return Found ? "" : text;
        }
        var output = new StringBuilder();
        foreach (var character in text)
        {
            _held.Append(character);
            if (_stops.Where(Ends).MaxBy(stop => stop.Length) is { } found)
            {
                Found = true;
                output.Append(_held, 0, _held.Length - found.Length);
                _held.Clear();
                break;
            }
            if (_held.Length >= _lengthMax)
            {
                output.Append(_held[0]);
                _held.Remove(0, 1);
            }
        }
        return Found ? output.ToString() : output.Append(Release()).ToString();
    }

    /// <summary>The text that was held back, when no more follows.</summary>
    public string Flush()
    {
        var rest = _held.ToString();
        _held.Clear();
        return rest;
    }

    // Takes out of what is held all that cannot be the beginning of a stop string.
    private string Release()
    {
        var start = 0;
        while (start < _held.Length && !_stops.Any(stop => Begins(stop, start)))
        {
            start++;
        }
        var released = _held.ToString(0, start);
        _held.Remove(0, start);
        return released;
    }

    private bool Ends(string stop) =>
        stop.Length <= _held.Length && Matches(stop, _held.Length - stop.Length, stop.Length);

    private bool Begins(string stop, int start) =>
        _held.Length - start < stop.Length && Matches(stop, start, _held.Length - start);

    private bool Matches(string stop, int start, int length)
    {
        for (var i = 0; i < length; i++)
        {
            if (_held[start + i] != stop[i])
            {
                return false;
            }
        }
        return true;
    }
}
