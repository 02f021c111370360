using System.Numerics;

namespace Tandem.Text.Templates;

/// <summary>Filters that turn a value into one of another type, number filters among them.</summary>
internal static class ConversionFilters
{
    /// <summary>The filters by name.</summary>
    public static IEnumerable<KeyValuePair<string, Filter>> All =>
        new Dictionary<string, Filter>
        {
            ["abs"] = Absolute,
            ["attr"] = Attribute,
            ["d"] = Default,
            ["default"] = Default,
            ["float"] = ToFloat,
            ["int"] = ToInteger,
            ["round"] = Round,
            ["tojson"] = ToJson,
        };

    private static Value Absolute(Budget budget, Value input, Arguments arguments)
    {
        arguments.BindNone();
        return input switch
        {
            FloatValue real => new FloatValue(Math.Abs(real.Number)),
            IntValue or BoolValue => IntValue.Of(budget, BigInteger.Abs(Numbers.AsInteger(input)!.Value)),
            _ => throw Expect.Wrong(input, "what 'abs' takes", "a number"),
        };
    }

    private static Value Attribute(Budget budget, Value input, Arguments arguments)
    {
        var name = Expect.Text(arguments.Bind(1, "name")[0]!, "the attribute's name");
        budget.Step();
        return input.Attribute(name.Text) ?? new UndefinedValue(input, name);
    }

    private static Value Default(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "default_value", "boolean");
        budget.Step();
        var isMissing = input is UndefinedValue || (values[1] is { IsTrue: true } && !input.IsTrue);
        return isMissing ? values[0] ?? StringValue.Empty : input;
    }

    private static Value ToFloat(Budget budget, Value input, Arguments arguments)
    {
        var fallback = arguments.Bind(0, "default")[0] ?? new FloatValue(0);
        RequireDefined(input);
        budget.Allocate(40);
        return input switch
        {
            StringValue text when Numbers.ParseFloat(text.Text) is { } number => new FloatValue(number),
            IntValue or FloatValue or BoolValue => new FloatValue(Numbers.AsFloat(input)),
            _ => fallback,
        };
    }

    private static Value ToInteger(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "default", "base");
        var radix = Expect.Integer(values[1], "the argument 'base'", 10);
        if (radix is < 2 or > 36)
        {
            throw new TemplateFault($"the argument 'base' is {radix}, expected 2 to 36");
        }
        RequireDefined(input);
        if (input is StringValue text)
        {
            budget.StepOver(text.Text.Length);
            if (Numbers.ParseInteger(text.Text, radix) is { } integer)
            {
                return IntValue.Of(budget, integer);
            }
        }
        var number = input switch
        {
            StringValue digits => Numbers.ParseFloat(digits.Text),
            FloatValue real => real.Number,
            _ => null,
        };
        if (number is { } finite && double.IsFinite(finite))
        {
            return IntValue.Of(budget, new BigInteger(finite));
        }
        return input is IntValue or BoolValue
            ? IntValue.Of(budget, Numbers.AsInteger(input)!.Value)
            : values[0] ?? new IntValue(0);
    }

    private static Value Round(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "precision", "method");
        var decimals = Expect.Integer(values[0], "the argument 'precision'", 0);
        var method = values[1] is null ? "common" : Expect.Text(values[1]!, "the argument 'method'").Text;
        if (!Numbers.IsNumber(input))
        {
            throw Expect.Wrong(input, "what is rounded", "a number");
        }
        budget.Allocate(40);
        var scale = Math.Pow(10, decimals);
        return method switch
        {
            "common" when input is FloatValue real => new FloatValue(Numbers.Round(real.Number, decimals)),
            "common" when decimals >= 0 => IntValue.Of(budget, Numbers.AsInteger(input)!.Value),
            "common" => IntValue.Of(budget, new BigInteger(Numbers.Round(Numbers.AsFloat(input), decimals))),
            "ceil" => new FloatValue(Math.Ceiling(Numbers.AsFloat(input) * scale) / scale),
            "floor" => new FloatValue(Math.Floor(Numbers.AsFloat(input) * scale) / scale),
            _ => throw new TemplateFault("the argument 'method' is none of 'common', 'ceil' and 'floor'"),
        };
    }

    private static StringValue ToJson(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "ensure_ascii", "indent", "separators", "sort_keys");
        var indent = values[1] switch
        {
            null or NoneValue => null,
            StringValue text => text,
            var width => new StringValueBuilder(budget)
                .AppendRepeated(' ', Expect.Integer(width, "the argument 'indent'", 0))
                .ToValue(),
        };
        var (item, key) = (StringValue.FromTemplate(indent is null ? ", " : ","), StringValue.FromTemplate(": "));
        if (values[2] is not (null or NoneValue))
        {
            var separators = Expect.Items(budget, values[2]!);
            if (separators is not [StringValue first, StringValue second])
            {
                throw new TemplateFault("the argument 'separators' is not a pair of strings");
            }
            (item, key) = (first, second);
        }
        var json = new JsonText(
            budget,
            indent,
            item,
            key,
            isAscii: values[0] is { IsTrue: true },
            sortsKeys: values[3] is { IsTrue: true }
        );
        return json.Write(input);
    }

    private static void RequireDefined(Value input)
    {
        if (input is UndefinedValue undefined)
        {
            throw new TemplateFault(undefined.Missing);
        }
    }
}
