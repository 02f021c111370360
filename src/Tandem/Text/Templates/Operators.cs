namespace Tandem.Text.Templates;

/// <summary>What the operators of expressions mean for each type.</summary>
internal static class Operators
{
    /// <summary>The result of an arithmetic operator.</summary>
    /// <exception cref="TemplateFault">The operator means nothing for such values, or the result is too large.</exception>
    public static Value Binary(Budget budget, string symbol, Value left, Value right)
    {
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            return Numbers.Calculate(budget, symbol, left, right);
        }
        return (symbol, left, right) switch
        {
            ("+", StringValue l, StringValue r) => Concatenate(budget, l, r),
            ("+", ListValue l, ListValue r) when l.IsTuple == r.IsTuple => Concatenate(budget, l, r),
            ("*", StringValue text, IntValue or BoolValue) => Repeat(budget, text, right),
            ("*", IntValue or BoolValue, StringValue text) => Repeat(budget, text, left),
            ("*", ListValue list, IntValue or BoolValue) => Repeat(budget, list, right),
            ("*", IntValue or BoolValue, ListValue list) => Repeat(budget, list, left),
            ("%", StringValue format, _) => PercentFormat.Apply(budget, format, right),
            _ => throw Unsupported(symbol, left, right),
        };
    }

    /// <summary>Whether a comparison holds.</summary>
    /// <exception cref="TemplateFault">The comparison means nothing for such values.</exception>
    public static bool Compare(Budget budget, string symbol, Value left, Value right) =>
        symbol switch
        {
            "==" => Equality.AreEqual(budget, left, right),
            "!=" => !Equality.AreEqual(budget, left, right),
            "in" => Equality.Contains(budget, right, left),
            "not in" => !Equality.Contains(budget, right, left),
            _ when IsNaN(left) || IsNaN(right) => false,
            "<" => Ordering.Compare(budget, left, right) < 0,
            "<=" => Ordering.Compare(budget, left, right) <= 0,
            ">" => Ordering.Compare(budget, left, right) > 0,
            _ => Ordering.Compare(budget, left, right) >= 0,
        };

    /// <summary>A number with its sign changed (<c>-</c>) or kept (<c>+</c>).</summary>
    /// <exception cref="TemplateFault">It is no number.</exception>
    public static Value Signed(Budget budget, string sign, Value operand)
    {
        if (!Numbers.IsNumber(operand))
        {
            throw Expect.Wrong(operand, $"the operand of '{sign}'", "a number");
        }
        // Not a subtraction from zero, which would lose the sign of a zero.
        return sign == "+" ? operand
            : operand is FloatValue real ? new FloatValue(-real.Number)
            : Numbers.Calculate(budget, "-", BoolValue.False, operand);
    }

    private static bool IsNaN(Value value) => value is FloatValue { Number: double.NaN };

    private static StringValue Concatenate(Budget budget, StringValue left, StringValue right) =>
        new StringValueBuilder(budget).Append(left).Append(right).ToValue();

    private static ListValue Concatenate(Budget budget, ListValue left, ListValue right)
    {
        budget.Allocate(56 + (8L * (left.List.Count + right.List.Count)));
        return new ListValue([.. left.List, .. right.List], left.IsTuple);
    }

    private static StringValue Repeat(Budget budget, StringValue text, Value count)
    {
        var times = text.Text.Length == 0 ? 0 : Times(budget, count, text.Text.Length);
        var builder = new StringValueBuilder(budget);
        for (var i = 0; i < times; i++)
        {
            builder.Append(text);
        }
        return builder.ToValue();
    }

    private static ListValue Repeat(Budget budget, ListValue list, Value count)
    {
        var times = list.List.Count == 0 ? 0 : Times(budget, count, list.List.Count);
        budget.Allocate(56 + (8L * times * list.List.Count));
        List<Value> items = new((int)times * list.List.Count);
        for (var i = 0; i < times; i++)
        {
            items.AddRange(list.List);
        }
        return new ListValue(items, list.IsTuple);
    }

    /// <summary>How often to repeat something, refused at once if the result cannot fit.</summary>
    private static long Times(Budget budget, Value count, int length)
    {
        var times = Numbers.AsInteger(count)!.Value;
        if (times.Sign <= 0)
        {
            return 0;
        }
        if (times * length > budget.TextCharsMax)
        {
            throw new TemplateFault($"a repetition gets longer than {budget.TextCharsMax}");
        }
        budget.Step((long)times >> 3);
        return (long)times;
    }

    private static TemplateFault Unsupported(string symbol, Value left, Value right) =>
        new(
            ((left as UndefinedValue) ?? (right as UndefinedValue))?.Missing
                ?? $"'{symbol}' is not defined between {Expect.Describe(left)} and {Expect.Describe(right)}"
        );
}
