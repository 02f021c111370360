using System.Globalization;

namespace Tandem.Text.Templates;

/// <summary>Values as text, the way Python's <c>str</c> and <c>repr</c> print them.</summary>
internal static class ValueText
{
    private const int ShortCharsMax = 60;

    /// <summary>A value as it goes to the output.</summary>
    /// <exception cref="TemplateFault">It is nested too deep or too long.</exception>
    public static StringValue Of(Budget budget, Value value)
    {
        switch (value)
        {
            case StringValue text:
                return text;
            case UndefinedValue:
                return StringValue.Empty;
            case ListValue or DictValue or NamespaceValue:
                var builder = new StringValueBuilder(budget);
                AppendRepr(budget, builder, value);
                return builder.ToValue();
            default:
                budget.Allocate(200);
                return StringValue.FromTemplate(Scalar(value));
        }
    }

    /// <summary>The beginning of a key or a text in quotes, for messages.</summary>
    public static string Short(Value value) =>
        value switch
        {
            StringValue { Text.Length: > ShortCharsMax } text => $"'{text.Text[..ShortCharsMax]}…'",
            StringValue text => $"'{text.Text}'",
            IntValue integer => integer.Number.ToString(CultureInfo.InvariantCulture),
            _ => Expect.Describe(value),
        };

    /// <summary>A value as Python's <c>repr</c> prints it.</summary>
    /// <exception cref="TemplateFault">It is nested too deep or too long.</exception>
    public static void AppendRepr(Budget budget, StringValueBuilder builder, Value value)
    {
        budget.Step();
        switch (value)
        {
            case StringValue text:
                AppendQuoted(builder, text);
                break;
            case ListValue list:
                AppendItems(budget, builder, list);
                break;
            case DictValue dict:
                AppendEntries(budget, builder, dict);
                break;
            case NamespaceValue attributes:
                builder.Append("<Namespace ");
                AppendRepr(budget, builder, attributes.Attributes);
                builder.Append(">");
                break;
            default:
                builder.Append(Scalar(value));
                break;
        }
    }

    private static string Scalar(Value value) =>
        value switch
        {
            NoneValue => "None",
            BoolValue => value.IsTrue ? "True" : "False",
            IntValue integer => integer.Number.ToString(CultureInfo.InvariantCulture),
            FloatValue real => FloatValue.Format(real.Number),
            UndefinedValue => "Undefined",
            LoopValue loop => $"<LoopContext {loop.Index + 1}/{loop.Count}>",
            MacroValue macro => $"<Macro '{macro.Name}'>",
            FunctionValue function => $"<function {function.Name}>",
            _ => $"<{value.TypeName}>",
        };

    private static void AppendItems(Budget budget, StringValueBuilder builder, ListValue list)
    {
        budget.Enter();
        builder.Append(list.IsTuple ? "(" : "[");
        for (var i = 0; i < list.List.Count; i++)
        {
            builder.Append(i > 0 ? ", " : "");
            AppendRepr(budget, builder, list.List[i]);
        }
        builder.Append(list is { IsTuple: true, List.Count: 1 } ? "," : "").Append(list.IsTuple ? ")" : "]");
        budget.Leave();
    }

    private static void AppendEntries(Budget budget, StringValueBuilder builder, DictValue dict)
    {
        budget.Enter();
        builder.Append("{");
        var separator = "";
        foreach (var (key, item) in dict.Entries)
        {
            builder.Append(separator);
            AppendRepr(budget, builder, key);
            builder.Append(": ");
            AppendRepr(budget, builder, item);
            separator = ", ";
        }
        builder.Append("}");
        budget.Leave();
    }

    private static void AppendQuoted(StringValueBuilder builder, StringValue value)
    {
        var text = value.Text;
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        builder.Append([quote]);
        var begin = 0;
        for (var at = 0; at < text.Length; at += CodePoints.UnitsAt(text, at))
        {
            if (Escape(text, at, quote) is { } escape)
            {
                builder.Append(value, begin, at - begin).Append(escape, value.IsDataAt(at));
                begin = at + CodePoints.UnitsAt(text, at);
            }
        }
        builder.Append(value, begin, text.Length - begin).Append([quote]);
    }

    private static string? Escape(string text, int at, char quote)
    {
        var c = text[at];
        if (c is >= ' ' and < '\x7f')
        {
            return c == quote || c == '\\' ? $"\\{c}" : null;
        }
        return c switch
        {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ when IsPrintable(text, at) => null,
            < '\x100' => $"\\x{(int)c:x2}",
            _ when CodePoints.UnitsAt(text, at) == 2 => $"\\U{char.ConvertToUtf32(text, at):x8}",
            _ => $"\\u{(int)c:x4}",
        };
    }

    private static bool IsPrintable(string text, int at)
    {
        return CharUnicodeInfo.GetUnicodeCategory(text, at)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.SpaceSeparator
            );
    }
}
