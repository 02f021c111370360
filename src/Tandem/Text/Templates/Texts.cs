namespace Tandem.Text.Templates;

/// <summary>Operations on texts that methods and filters share; each keeps the origin of the characters that it keeps.</summary>
internal static class Texts
{
    /// <summary>The text without blanks, or without any of given characters, at the sides asked for.</summary>
    public static StringValue Trim(Budget budget, StringValue text, StringValue? characters, bool atStart, bool atEnd)
    {
        budget.StepSearch(text.Text.Length, characters?.Text.Length ?? 1);
        bool IsTaken(char c) => characters is null ? Characters.IsSpace(c) : characters.Text.Contains(c);
        var (begin, end) = (0, text.Text.Length);
        while (atStart && begin < end && IsTaken(text.Text[begin]))
        {
            begin++;
        }
        while (atEnd && end > begin && IsTaken(text.Text[end - 1]))
        {
            end--;
        }
        return text.Slice(budget, begin, end - begin);
    }

    /// <summary>The text with a part replaced wherever it stands, at most <paramref name="limit"/> times where that is not negative.</summary>
    public static StringValue Replace(
        Budget budget,
        StringValue text,
        StringValue old,
        StringValue replacement,
        int limit
    )
    {
        budget.StepSearch(text.Text.Length, old.Text.Length);
        var builder = new StringValueBuilder(budget);
        var begin = 0;
        var at = Find(text.Text, old.Text, 0);
        for (var done = 0; at >= 0 && done != limit; done++)
        {
            budget.Step();
            builder.Append(text, begin, at - begin).Append(replacement);
            begin = at + old.Text.Length;
            // An empty part stands before every character and at the end.
            at = old.Text.Length > 0 ? Find(text.Text, old.Text, begin) : NextCharacter(text.Text, at);
        }
        return builder.Append(text, begin, text.Text.Length - begin).ToValue();
    }

    /// <summary>The parts of the text between separators, at most <paramref name="limit"/> cuts where that is not negative.</summary>
    /// <exception cref="TemplateFault">The separator is empty.</exception>
    public static List<Value> Split(Budget budget, StringValue text, StringValue separator, int limit)
    {
        RequireSeparator(separator);
        budget.StepSearch(text.Text.Length, separator.Text.Length);
        List<Value> parts = [];
        var begin = 0;
        for (
            var at = Find(text.Text, separator.Text, 0);
            at >= 0 && parts.Count != limit;
            at = Find(text.Text, separator.Text, begin)
        )
        {
            Add(budget, parts, text, begin, at);
            begin = at + separator.Text.Length;
        }
        Add(budget, parts, text, begin, text.Text.Length);
        return parts;
    }

    /// <summary>As <see cref="Split"/>, but the cuts that the limit allows are the last ones.</summary>
    /// <exception cref="TemplateFault">The separator is empty.</exception>
    public static List<Value> SplitFromEnd(Budget budget, StringValue text, StringValue separator, int limit)
    {
        RequireSeparator(separator);
        budget.StepSearch(text.Text.Length, separator.Text.Length);
        List<Value> parts = [];
        var end = text.Text.Length;
        while (parts.Count != limit && LastIndex(text.Text, separator.Text, end) is var at and >= 0)
        {
            Add(budget, parts, text, at + separator.Text.Length, end);
            end = at;
        }
        Add(budget, parts, text, 0, end);
        parts.Reverse();
        return parts;
    }

    /// <summary>The words of the text, which runs of blanks part; after <paramref name="limit"/> cuts the rest is one.</summary>
    public static List<Value> SplitWords(Budget budget, StringValue text, int limit)
    {
        budget.StepOver(text.Text.Length);
        List<Value> parts = [];
        var at = Characters.SkipSpace(text.Text, 0);
        while (at < text.Text.Length)
        {
            var begin = at;
            if (parts.Count == limit)
            {
                Add(budget, parts, text, begin, text.Text.Length);
                break;
            }
            while (at < text.Text.Length && !Characters.IsSpace(text.Text[at]))
            {
                at++;
            }
            Add(budget, parts, text, begin, at);
            at = Characters.SkipSpace(text.Text, at);
        }
        return parts;
    }

    /// <summary>The lines of the text, with their ends where asked for.</summary>
    public static List<Value> SplitLines(Budget budget, StringValue text, bool keepEnds)
    {
        budget.StepOver(text.Text.Length);
        List<Value> lines = [];
        var begin = 0;
        for (var at = 0; at < text.Text.Length; at++)
        {
            if (!Characters.IsLineEnd(text.Text[at]))
            {
                continue;
            }
            var next =
                text.Text[at] == '\r' && at + 1 < text.Text.Length && text.Text[at + 1] == '\n' ? at + 2 : at + 1;
            Add(budget, lines, text, begin, keepEnds ? next : at);
            begin = next;
            at = next - 1;
        }
        if (begin < text.Text.Length)
        {
            Add(budget, lines, text, begin, text.Text.Length);
        }
        return lines;
    }

    /// <summary>The texts with a separator between them.</summary>
    public static StringValue Join(
        Budget budget,
        IReadOnlyList<Value> items,
        StringValue separator,
        Func<Value, StringValue> convert
    )
    {
        var builder = new StringValueBuilder(budget);
        for (var i = 0; i < items.Count; i++)
        {
            budget.Step();
            if (i > 0)
            {
                builder.Append(separator);
            }
            builder.Append(convert(items[i]));
        }
        return builder.ToValue();
    }

    /// <summary>How often a part stands in the text without overlap.</summary>
    public static int Count(Budget budget, StringValue text, StringValue part)
    {
        if (part.Text.Length == 0)
        {
            return CodePoints.Count(budget, text) + 1;
        }
        budget.StepSearch(text.Text.Length, part.Text.Length);
        return text.Text.AsSpan().Count(part.Text);
    }

    /// <summary>The text with each letter at the start of a word in upper case and the others in lower.</summary>
    /// <param name="budget">What may be used.</param>
    /// <param name="text">The text.</param>
    /// <param name="startsWord">Whether a letter after such a character starts a word.</param>
    public static StringValue Title(Budget budget, StringValue text, Func<char, bool> startsWord)
    {
        budget.StepOver(text.Text.Length);
        var lower = text.Text.ToLowerInvariant();
        var upper = text.Text.ToUpperInvariant();
        budget.Allocate(6L * text.Text.Length);
        var titled = lower.ToCharArray();
        for (var i = 0; i < titled.Length; i++)
        {
            titled[i] = i == 0 || startsWord(text.Text[i - 1]) ? upper[i] : lower[i];
        }
        return text.WithText(budget, new string(titled));
    }

    /// <summary>The text with spaces, or another character, around it up to a number of characters.</summary>
    /// <param name="budget">What may be used.</param>
    /// <param name="text">The text.</param>
    /// <param name="width">The characters wanted.</param>
    /// <param name="fill">What to add, or null for spaces.</param>
    /// <param name="side">Below 0 the text goes to the left, above 0 to the right, at 0 to the middle.</param>
    public static StringValue Pad(Budget budget, StringValue text, int width, StringValue? fill, int side)
    {
        if (fill is { Text.Length: not 1 })
        {
            throw new TemplateFault("what is filled with must be one character");
        }
        var missing = Math.Max(0, width - CodePoints.Count(budget, text));
        // Python puts the odd space of a centred text on the left only where the width is odd too.
        var before =
            side < 0 ? 0
            : side > 0 ? missing
            : (missing / 2) + (missing & width & 1);
        var c = fill is null ? ' ' : fill.Text[0];
        return new StringValueBuilder(budget)
            .AppendRepeated(c, before)
            .Append(text)
            .AppendRepeated(c, missing - before)
            .ToValue();
    }

    /// <summary>Whether there is a character and each is of a class.</summary>
    public static bool All(Budget budget, StringValue text, Func<string, int, bool> isInClass)
    {
        budget.StepOver(text.Text.Length);
        for (var at = 0; at < text.Text.Length; at += CodePoints.UnitsAt(text.Text, at))
        {
            if (!isInClass(text.Text, at))
            {
                return false;
            }
        }
        return text.Text.Length > 0;
    }

    /// <summary>Whether there is a letter with case and all of them have the one asked for.</summary>
    public static bool HasCase(Budget budget, StringValue text, bool upper)
    {
        budget.StepOver(text.Text.Length);
        var wanted = upper ? text.Text.ToUpperInvariant() : text.Text.ToLowerInvariant();
        var other = upper ? text.Text.ToLowerInvariant() : text.Text.ToUpperInvariant();
        budget.Allocate(4L * text.Text.Length);
        return wanted == text.Text && other != text.Text;
    }

    private static int Find(string text, string part, int from) =>
        from > text.Length ? -1 : text.IndexOf(part, from, StringComparison.Ordinal);

    private static int NextCharacter(string text, int at) => at < text.Length ? at + CodePoints.UnitsAt(text, at) : -1;

    private static int LastIndex(string text, string part, int end) =>
        text.AsSpan(0, end).LastIndexOf(part, StringComparison.Ordinal);

    private static void RequireSeparator(StringValue separator)
    {
        if (separator.Text.Length == 0)
        {
            throw new TemplateFault("the separator to split at is empty");
        }
    }

    private static void Add(Budget budget, List<Value> parts, StringValue text, int begin, int end)
    {
        budget.Step();
        budget.Allocate(16);
        parts.Add(text.Slice(budget, begin, end - begin));
    }
}
