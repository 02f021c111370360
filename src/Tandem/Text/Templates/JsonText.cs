using System.Globalization;

namespace Tandem.Text.Templates;

/// <summary>
/// Values as JSON, the way Python's <c>json.dumps</c> prints them: that is what <c>tojson</c> means in chat templates,
/// not the variant for HTML that Jinja itself has.
/// </summary>
/// <param name="budget">What may be used.</param>
/// <param name="indent">What each level is indented by, or null for all on one line.</param>
/// <param name="itemSeparator">What stands between items.</param>
/// <param name="keySeparator">What stands between key and value.</param>
/// <param name="isAscii">Whether other characters than ASCII's are escaped.</param>
/// <param name="sortsKeys">Whether keys are put in order.</param>
internal sealed class JsonText(
    Budget budget,
    StringValue? indent,
    StringValue itemSeparator,
    StringValue keySeparator,
    bool isAscii,
    bool sortsKeys
)
{
    private readonly StringValueBuilder _builder = new(budget);
    private int _level;

    /// <summary>A value as JSON.</summary>
    /// <exception cref="TemplateFault">It is undefined or a function, or nested too deep or too long.</exception>
    public StringValue Write(Value value)
    {
        Append(value);
        return _builder.ToValue();
    }

    private void Append(Value value)
    {
        budget.Step();
        switch (value)
        {
            case StringValue text:
                AppendQuoted(text);
                break;
            case ListValue list:
                AppendAll('[', list.List, Append, ']');
                break;
            case DictValue dict:
                IEnumerable<KeyValuePair<Value, Value>> entries = sortsKeys ? Sorted(dict) : [.. dict.Entries];
                AppendAll('{', [.. entries], AppendEntry, '}');
                break;
            default:
                _builder.Append(Scalar(value) ?? throw Expect.Wrong(value, "what becomes JSON", "data"));
                break;
        }
    }

    private void AppendAll<T>(char open, List<T> items, Action<T> append, char close)
    {
        _builder.Append([open]);
        if (items.Count > 0)
        {
            budget.Enter();
            _level++;
            for (var i = 0; i < items.Count; i++)
            {
                if (i > 0)
                {
                    _builder.Append(itemSeparator);
                }
                AppendLine();
                append(items[i]);
            }
            _level--;
            AppendLine();
            budget.Leave();
        }
        _builder.Append([close]);
    }

    private void AppendLine()
    {
        if (indent is null)
        {
            return;
        }
        _builder.Append("\n");
        for (var i = 0; i < _level; i++)
        {
            _builder.Append(indent);
        }
    }

    private void AppendEntry(KeyValuePair<Value, Value> entry)
    {
        AppendQuoted(
            entry.Key is StringValue text
                ? text
                : StringValue.FromTemplate(
                    Scalar(entry.Key) ?? throw Expect.Wrong(entry.Key, "a key of JSON", "a string")
                )
        );
        _builder.Append(keySeparator);
        Append(entry.Value);
    }

    private IEnumerable<KeyValuePair<Value, Value>> Sorted(DictValue dict) =>
        Ordering
            .Sort(budget, dict.Items(budget), key => key, descending: false)
            .Select(key => KeyValuePair.Create(key, dict.Entries[key]));

    private static string? Scalar(Value value) =>
        value switch
        {
            NoneValue => "null",
            BoolValue => value.IsTrue ? "true" : "false",
            IntValue integer => integer.Number.ToString(CultureInfo.InvariantCulture),
            FloatValue { Number: double.NaN } => "NaN",
            FloatValue { Number: double.PositiveInfinity } => "Infinity",
            FloatValue { Number: double.NegativeInfinity } => "-Infinity",
            FloatValue real => FloatValue.Format(real.Number),
            _ => null,
        };

    private void AppendQuoted(StringValue value)
    {
        var text = value.Text;
        _builder.Append("\"");
        var begin = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (Escape(text[at]) is { } escape)
            {
                _builder.Append(value, begin, at - begin).Append(escape, value.IsDataAt(at));
                begin = at + 1;
            }
        }
        _builder.Append(value, begin, text.Length - begin).Append("\"");
    }

    private string? Escape(char c) =>
        c switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\b' => "\\b",
            '\f' => "\\f",
            < ' ' => $"\\u{(int)c:x4}",
            >= '\x7f' when isAscii => $"\\u{(int)c:x4}",
            _ => null,
        };
}
