namespace Tandem.Serving.OpenAi;

/// <summary>
/// Takes an answer apart into thoughts and what is said, however it is cut into pieces: thoughts stand at its beginning, between
/// <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c>. What may be a part of a mark is held back until that is decided; blanks around marks
/// belong to neither.
/// </summary>
/// <param name="reasoning">How the answer begins.</param>
public sealed class ReasoningSplitter(Reasoning reasoning)
{
    /// <summary>Begins thoughts.</summary>
    internal const string Begin = "<think>";

    /// <summary>Ends them.</summary>
    internal const string End = "</think>";

    private Part _part = reasoning switch
    {
        Reasoning.None => Part.Said,
        Reasoning.Begun => Part.BlanksBeforeThoughts,
        _ => Part.Undecided,
    };

    private string _held = "";

    private enum Part
    {
        Undecided,
        BlanksBeforeThoughts,
        Thoughts,
        BlanksBeforeSaid,
        Said,
    }

    /// <summary>Takes the next piece.</summary>
    /// <param name="text">The piece; empty for none.</param>
    /// <param name="isLast">Whether none follows, so that nothing is held back any more.</param>
    /// <returns>What is certain to be thoughts, and what is certain to be said; either may be empty.</returns>
    public (string Thoughts, string Said) Push(string text, bool isLast)
    {
        if (_part == Part.Said)
        {
            return ("", text);
        }
        _held += text;
        var thoughts = "";
        if (_part == Part.Undecided)
        {
            Decide(isLast);
        }
        if (_part == Part.BlanksBeforeThoughts)
        {
            SkipBlanks(Part.Thoughts);
        }
        if (_part == Part.Thoughts)
        {
            thoughts = TakeThoughts(isLast);
        }
        if (_part == Part.BlanksBeforeSaid)
        {
            SkipBlanks(Part.Said);
        }
        var said = _part == Part.Said ? _held : "";
        _held = _part == Part.Said ? "" : _held;
        return (thoughts, said);
    }

    private void Decide(bool isLast)
    {
        var start = _held.TrimStart();
        if (start.StartsWith(Begin, StringComparison.Ordinal))
        {
            (_part, _held) = (Part.BlanksBeforeThoughts, start[Begin.Length..]);
        }
        else if (isLast || !Begin.StartsWith(start, StringComparison.Ordinal))
        {
            _part = Part.Said;
        }
    }

    private void SkipBlanks(Part next)
    {
        _held = _held.TrimStart();
        _part = _held.Length > 0 ? next : _part;
    }

    private string TakeThoughts(bool isLast)
    {
        var end = _held.IndexOf(End, StringComparison.Ordinal);
        if (end >= 0)
        {
            var last = _held[..end].TrimEnd();
            (_part, _held) = (Part.BlanksBeforeSaid, _held[(end + End.Length)..]);
            return last;
        }
        var certain = isLast ? _held.TrimEnd().Length : CertainLength();
        var thoughts = _held[..certain];
        _held = isLast ? "" : _held[certain..];
        return thoughts;
    }

    // Blanks at the end, and what may begin the mark behind them, are not certain.
    private int CertainLength()
    {
        var length = _held.Length;
        for (var held = Math.Min(End.Length - 1, length); held > 0; held--)
        {
            if (End.AsSpan().StartsWith(_held.AsSpan(length - held)))
            {
                length -= held;
                break;
            }
        }
        return _held.AsSpan(0, length).TrimEnd().Length;
    }
}
