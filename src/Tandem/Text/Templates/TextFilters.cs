namespace Tandem.Text.Templates;

/// <summary>Filters that make a text of a text; any other value is printed first.</summary>
internal static class TextFilters
{
    private const int TruncateLength = 255;
    private const int TruncateLeeway = 5;
    private const int CenterWidth = 80;

    /// <summary>The filters by name.</summary>
    public static IEnumerable<KeyValuePair<string, Filter>> All =>
        new Dictionary<string, Filter>
        {
            ["capitalize"] = (b, v, a) => Mapped(b, v, a, text => Texts.Title(b, text, _ => false)),
            ["center"] = Center,
            ["e"] = Escape,
            ["escape"] = Escape,
            ["format"] = Format,
            ["indent"] = Indent,
            ["lower"] = (b, v, a) => Mapped(b, v, a, text => text.WithText(b, text.Text.ToLowerInvariant())),
            ["replace"] = Replace,
            ["safe"] = (b, v, a) => Mapped(b, v, a, text => text),
            ["string"] = (b, v, a) => Mapped(b, v, a, text => text),
            ["title"] = (b, v, a) => Mapped(b, v, a, text => Texts.Title(b, text, StartsWord)),
            ["trim"] = Trim,
            ["truncate"] = Truncate,
            ["upper"] = (b, v, a) => Mapped(b, v, a, text => text.WithText(b, text.Text.ToUpperInvariant())),
            ["wordcount"] = CountWords,
        };

    private static StringValue Mapped(
        Budget budget,
        Value input,
        Arguments arguments,
        Func<StringValue, StringValue> map
    )
    {
        arguments.BindNone();
        return map(ValueText.Of(budget, input));
    }

    private static bool StartsWord(char c) => Characters.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<';

    private static StringValue Center(Budget budget, Value input, Arguments arguments)
    {
        var width = Expect.Integer(arguments.Bind(0, "width")[0], "the argument 'width'", CenterWidth);
        return Texts.Pad(budget, ValueText.Of(budget, input), width, null, side: 0);
    }

    private static StringValue Escape(Budget budget, Value input, Arguments arguments)
    {
        arguments.BindNone();
        var text = ValueText.Of(budget, input);
        var builder = new StringValueBuilder(budget);
        for (var at = 0; at < text.Text.Length; at++)
        {
            var escape = text.Text[at] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&#34;",
                '\'' => "&#39;",
                _ => null,
            };
            if (escape is null)
            {
                builder.Append(text, at, 1);
            }
            else
            {
                builder.Append(escape, text.IsDataAt(at));
            }
        }
        budget.Step(text.Text.Length);
        return builder.ToValue();
    }

    private static StringValue Format(Budget budget, Value input, Arguments arguments)
    {
        Value values = ListValue.Tuple(budget, [.. arguments.Positional]);
        if (arguments.Named.Count > 0)
        {
            var named = new DictValue(budget);
            foreach (var (name, value) in arguments.Named)
            {
                named.Set(StringValue.FromTemplate(name), value);
            }
            values = named;
        }
        return PercentFormat.Apply(budget, ValueText.Of(budget, input), values);
    }

    private static StringValue Indent(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "width", "first", "blank");
        var indentation =
            values[0] as StringValue
            ?? new StringValueBuilder(budget)
                .AppendRepeated(' ', Expect.Integer(values[0], "the argument 'width'", 4))
                .ToValue();
        var (first, blank) = (values[1] is { IsTrue: true }, values[2] is { IsTrue: true });
        // With a line end added, a text that ends in one keeps its last, empty line.
        var text = new StringValueBuilder(budget).Append(ValueText.Of(budget, input)).Append("\n").ToValue();
        var lines = Texts.SplitLines(budget, text, keepEnds: false);
        var builder = new StringValueBuilder(budget);
        for (var i = 0; i < lines.Count; i++)
        {
            budget.Step();
            builder.Append(i > 0 ? "\n" : "");
            if (i > 0 ? blank || lines[i].IsTrue : first)
            {
                builder.Append(indentation);
            }
            builder.Append((StringValue)lines[i]);
        }
        return builder.ToValue();
    }

    private static StringValue Replace(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(2, "old", "new", "count");
        var count = values[2] is NoneValue ? -1 : Expect.Integer(values[2], "the argument 'count'", -1);
        return Texts.Replace(
            budget,
            ValueText.Of(budget, input),
            ValueText.Of(budget, values[0]!),
            ValueText.Of(budget, values[1]!),
            count
        );
    }

    private static StringValue Trim(Budget budget, Value input, Arguments arguments)
    {
        var characters = arguments.Bind(0, "chars")[0];
        return Texts.Trim(
            budget,
            ValueText.Of(budget, input),
            characters is null or NoneValue ? null : Expect.Text(characters, "the argument 'chars'"),
            atStart: true,
            atEnd: true
        );
    }

    private static StringValue Truncate(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "length", "killwords", "end", "leeway");
        var text = ValueText.Of(budget, input);
        var length = Expect.Integer(values[0], "the argument 'length'", TruncateLength);
        var end = values[2] is null ? StringValue.FromTemplate("...") : Expect.Text(values[2]!, "the argument 'end'");
        var leeway =
            values[3] is NoneValue
                ? TruncateLeeway
                : Expect.Integer(values[3], "the argument 'leeway'", TruncateLeeway);
        if (CodePoints.Count(budget, text) <= (long)length + leeway)
        {
            return text;
        }
        var kept = text.Slice(
            budget,
            0,
            CodePoints.Offset(budget, text, Math.Max(0, length - CodePoints.Count(budget, end)))
        );
        if (values[1] is not { IsTrue: true } && kept.Text.LastIndexOf(' ') is var space and >= 0)
        {
            kept = kept.Slice(budget, 0, space);
        }
        return new StringValueBuilder(budget).Append(kept).Append(end).ToValue();
    }

    private static IntValue CountWords(Budget budget, Value input, Arguments arguments)
    {
        arguments.BindNone();
        var text = ValueText.Of(budget, input).Text;
        budget.StepOver(text.Length);
        var words = 0;
        for (var at = 0; at < text.Length; at++)
        {
            words += Characters.IsName(text[at]) && (at == 0 || !Characters.IsName(text[at - 1])) ? 1 : 0;
        }
        return new IntValue(words);
    }
}
