namespace Tandem.Text.Templates;

/// <summary>Counts texts in Unicode characters, as templates do, where .NET counts UTF-16 units.</summary>
internal static class CodePoints
{
    /// <summary>The units of the character at a position: 2 for a surrogate pair, else 1.</summary>
    public static int UnitsAt(string text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    /// <summary>The number of characters.</summary>
    public static int Count(Budget budget, StringValue value)
    {
        if (!value.HasSurrogates)
        {
            return value.Text.Length;
        }
        return Index(budget, value, value.Text.Length);
    }

    /// <summary>The number of characters before a position in units.</summary>
    public static int Index(Budget budget, StringValue value, int offset)
    {
        if (!value.HasSurrogates)
        {
            return offset;
        }
        budget.StepOver(16L * offset);
        var index = 0;
        for (var at = 0; at < offset; at += UnitsAt(value.Text, at))
        {
            index++;
        }
        return index;
    }

    /// <summary>The position in units of the character with an index; the text's length from its count on.</summary>
    public static int Offset(Budget budget, StringValue value, int index)
    {
        if (!value.HasSurrogates)
        {
            return Math.Min(index, value.Text.Length);
        }
        budget.StepOver(16L * index);
        var at = 0;
        for (var i = 0; i < index && at < value.Text.Length; i++)
        {
            at += UnitsAt(value.Text, at);
        }
        return at;
    }

    /// <summary>Whether one text comes before (−1), with (0) or after (1) another in the order of Unicode's numbers.</summary>
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }
        // Surrogates stand for characters above U+FFFF, so they come after every other unit.
        var (l, r) = (left[common], right[common]);
        return char.IsSurrogate(l) == char.IsSurrogate(r) ? l.CompareTo(r)
            : char.IsSurrogate(l) ? 1
            : -1;
    }
}
