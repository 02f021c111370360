using System.Globalization;
using System.Numerics;

namespace Tandem.Text.Templates;

/// <summary>Python's <c>format % values</c>: <c>%s %r %d %i %u %x %X %e %f %%</c> with flags, width and precision.</summary>
internal sealed class PercentFormat
{
    private readonly Budget _budget;
    private readonly StringValue _format;
    private readonly List<Value> _values;
    private readonly DictValue? _named;
    private readonly StringValueBuilder _result;
    private int _used;

    private PercentFormat(Budget budget, StringValue format, Value values)
    {
        _budget = budget;
        _format = format;
        _named = values as DictValue;
        _values = values is ListValue { IsTuple: true } tuple ? tuple.List : [values];
        _result = new StringValueBuilder(budget);
    }

    /// <summary>The text with its fields filled in.</summary>
    /// <param name="budget">What may be used.</param>
    /// <param name="format">The text with fields.</param>
    /// <param name="values">A tuple of values, a dictionary for fields with names, or the only value.</param>
    /// <exception cref="TemplateFault">A field is not understood, or the values do not fit the fields.</exception>
    public static StringValue Apply(Budget budget, StringValue format, Value values) =>
        new PercentFormat(budget, format, values).Apply();

    private StringValue Apply()
    {
        var text = _format.Text;
        var begin = 0;
        for (var at = text.IndexOf('%'); at >= 0; at = text.IndexOf('%', begin))
        {
            _result.Append(_format, begin, at - begin);
            begin = AppendField(at + 1);
            _budget.Step();
        }
        _result.Append(_format, begin, text.Length - begin);
        if (_named is null && _used < _values.Count && _values[_used] is not ListValue)
        {
            throw new TemplateFault($"the format has {_used} fields for {_values.Count} values");
        }
        return _result.ToValue();
    }

    /// <summary>Fills in the field after a percent sign and gives the position after it.</summary>
    private int AppendField(int at)
    {
        var text = _format.Text;
        Value? value = null;
        if (At(at) == '(')
        {
            var close = text.IndexOf(')', at);
            var name = close < 0 ? throw new TemplateFault("a field's name is not closed") : text[(at + 1)..close];
            value = _named?.Find(name) ?? throw new TemplateFault($"the format has no value for its field '{name}'");
            at = close + 1;
        }
        var flags = at;
        while (At(at) is '-' or '+' or ' ' or '0')
        {
            at++;
        }
        var field = new Field(text[flags..at], ReadNumber(ref at), At(at) == '.' ? ReadPrecision(ref at) : null);
        var kind = At(at);
        if (kind == '%')
        {
            _result.Append("%");
        }
        else
        {
            value ??=
                _used < _values.Count
                    ? _values[_used++]
                    : throw new TemplateFault("a format has more fields than values");
            AppendPadded(Convert(kind, field, value), field, isNumber: kind is not ('s' or 'r'));
        }
        return at + 1;
    }

    private char At(int at) => at < _format.Text.Length ? _format.Text[at] : '\0';

    private int? ReadNumber(ref int at)
    {
        var begin = at;
        while (char.IsAsciiDigit(At(at)))
        {
            at++;
        }
        if (at == begin)
        {
            return null;
        }
        return
            int.TryParse(_format.Text.AsSpan(begin, at - begin), CultureInfo.InvariantCulture, out var number)
            && number <= _budget.TextCharsMax
            ? number
            : throw new TemplateFault("a field's width or precision is too large");
    }

    private int? ReadPrecision(ref int at)
    {
        at++;
        return ReadNumber(ref at) ?? 0;
    }

    private StringValue Convert(char kind, Field field, Value value)
    {
        switch (kind)
        {
            case 's':
                return Cut(ValueText.Of(_budget, value), field);
            case 'r':
                var builder = new StringValueBuilder(_budget);
                ValueText.AppendRepr(_budget, builder, value);
                return Cut(builder.ToValue(), field);
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'e' or 'f' when Numbers.IsNumber(value):
                return StringValue.FromTemplate(FormatNumber(kind, field, value));
            default:
                throw new TemplateFault($"a format's field '%{kind}' does not take {Expect.Describe(value)}");
        }
    }

    private static string FormatNumber(char kind, Field field, Value value)
    {
        var number = Numbers.AsFloat(value);
        var decimals = Math.Min(field.Precision ?? 6, 99);
        var integer = Numbers.AsInteger(value) ?? (double.IsFinite(number) ? new BigInteger(number) : BigInteger.Zero);
        var isNegative = kind is 'e' or 'f' ? double.IsNegative(number) : integer.Sign < 0;
        var digits = kind switch
        {
            'e' => Math.Abs(number)
                .ToString(decimals == 0 ? "0e+00" : $"0.{new string('0', decimals)}e+00", CultureInfo.InvariantCulture),
            'f' => Math.Abs(number).ToString($"F{decimals}", CultureInfo.InvariantCulture),
            'x' or 'X' => Hexadecimal(BigInteger.Abs(integer), kind),
            _ => BigInteger.Abs(integer).ToString(CultureInfo.InvariantCulture),
        };
        var sign =
            isNegative ? "-"
            : field.Flags.Contains('+') ? "+"
            : field.Flags.Contains(' ') ? " "
            : "";
        return sign + digits;
    }

    private static string Hexadecimal(BigInteger number, char kind)
    {
        var digits = number.ToString(kind.ToString(), CultureInfo.InvariantCulture).TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    private StringValue Cut(StringValue text, Field field) =>
        field.Precision is { } length && length < text.Text.Length
            ? text.Slice(_budget, 0, CodePoints.Offset(_budget, text, length))
            : text;

    private void AppendPadded(StringValue text, Field field, bool isNumber)
    {
        var missing = (field.Width ?? 0) - CodePoints.Count(_budget, text);
        if (missing <= 0)
        {
            _result.Append(text);
        }
        else if (field.Flags.Contains('-'))
        {
            _result.Append(text).AppendRepeated(' ', missing);
        }
        else if (isNumber && field.Flags.Contains('0'))
        {
            var signs = text.Text[0] is '-' or '+' or ' ' ? 1 : 0;
            _result.Append(text, 0, signs).AppendRepeated('0', missing).Append(text, signs, text.Text.Length - signs);
        }
        else
        {
            _result.AppendRepeated(' ', missing).Append(text);
        }
    }

    /// <summary>What stands between the percent sign and the kind.</summary>
    private readonly record struct Field(string Flags, int? Width, int? Precision);
}
