using System.Globalization;

namespace Tandem.Text.Templates;

/// <summary>Python's <c>str.format</c> with fields such as <c>{}</c>, <c>{0}</c> and <c>{name}</c>, without format codes.</summary>
internal static class BraceFormat
{
    /// <summary>The text with its fields filled in.</summary>
    /// <exception cref="TemplateFault">A field is not understood, or there is no argument for it.</exception>
    public static StringValue Apply(Budget budget, StringValue format, Arguments arguments)
    {
        var text = format.Text;
        var result = new StringValueBuilder(budget);
        var used = 0;
        var begin = 0;
        for (var at = NextBrace(text, 0); at >= 0; at = NextBrace(text, begin))
        {
            budget.Step();
            result.Append(format, begin, at - begin);
            if (at + 1 < text.Length && text[at + 1] == text[at])
            {
                result.Append(format, at, 1);
                begin = at + 2;
                continue;
            }
            var close = text[at] == '{' ? text.IndexOf('}', at) : -1;
            if (close < 0)
            {
                throw new TemplateFault($"a format has a single '{text[at]}'");
            }
            var value = Argument(arguments, text[(at + 1)..close], ref used);
            result.Append(ValueText.Of(budget, value));
            begin = close + 1;
        }
        return result.Append(format, begin, text.Length - begin).ToValue();
    }

    private static int NextBrace(string text, int from) =>
        text.AsSpan(from).IndexOfAny('{', '}') is var at and >= 0 ? from + at : -1;

    private static Value Argument(Arguments arguments, string field, ref int used)
    {
        if (field.Length > 0 && !field.All(Characters.IsName))
        {
            throw new TemplateFault(
                $"a format's field {ValueText.Short(StringValue.FromTemplate(field))} is no name or number"
            );
        }
        var isNumber = int.TryParse(field, CultureInfo.InvariantCulture, out var index);
        if (field.Length == 0)
        {
            (isNumber, index) = (true, used++);
        }
        var value = isNumber ? arguments.Positional.ElementAtOrDefault(index) : arguments.FindNamed(field);
        return value
            ?? throw new TemplateFault(
                $"a format has no value for its field {ValueText.Short(StringValue.FromTemplate(field))}"
            );
    }
}
