using System.Globalization;

namespace Tandem.Text.Templates;

/// <summary>Attributes as filters name them: <c>a</c>, <c>a.b</c>, <c>a.0</c> or a number.</summary>
internal static class AttributePath
{
    /// <summary>What a path leads to, undefined where it leads nowhere.</summary>
    /// <exception cref="TemplateFault">A part before the last is missing, or the path is neither text nor number.</exception>
    public static Value Find(Budget budget, Value item, Value path)
    {
        if (path is not StringValue text)
        {
            return Subscripts.Item(budget, item, path);
        }
        budget.Allocate(32L * text.Text.Length);
        foreach (var part in text.Text.Split('.'))
        {
            budget.Step();
            budget.Allocate(64);
            Value key = int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? new IntValue(index)
                : StringValue.FromTemplate(part);
            item = Subscripts.Item(budget, item, key);
        }
        return item;
    }

    /// <summary>What several paths, with commas between them, lead to; a tuple unless it is only one.</summary>
    /// <exception cref="TemplateFault">As for <see cref="Find"/>.</exception>
    public static Value FindAll(Budget budget, Value item, Value? paths, bool isCaseSensitive)
    {
        if (paths is not StringValue text || !text.Text.Contains(','))
        {
            return Folded(budget, paths is null or NoneValue ? item : Find(budget, item, paths), isCaseSensitive);
        }
        budget.Allocate(32L * text.Text.Length);
        List<Value> found = [];
        foreach (var path in text.Text.Split(','))
        {
            found.Add(Folded(budget, Find(budget, item, StringValue.FromTemplate(path)), isCaseSensitive));
        }
        return ListValue.Tuple(budget, found);
    }

    /// <summary>A value in the form in which it is compared: a text in lower case unless case counts.</summary>
    public static Value Folded(Budget budget, Value value, bool isCaseSensitive) =>
        value is StringValue text && !isCaseSensitive ? text.WithText(budget, text.Text.ToLowerInvariant()) : value;
}
