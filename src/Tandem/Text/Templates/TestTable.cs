using System.Collections.Frozen;

namespace Tandem.Text.Templates;

/// <summary>The tests that may stand after <c>is</c>, by name.</summary>
internal static class TestTable
{
    private delegate bool Test(Budget budget, Value value, Arguments arguments);

    private static readonly FrozenDictionary<string, Test> Tests = new Dictionary<string, Test>
    {
        ["boolean"] = (_, v, a) => Plain(a, v is BoolValue),
        ["callable"] = (_, v, a) => Plain(a, v is CallableValue),
        ["defined"] = (_, v, a) => Plain(a, v is not UndefinedValue),
        ["divisibleby"] = (b, v, a) => !Remainder(b, v, a.Bind(1, "num")[0]!).IsTrue,
        ["even"] = (b, v, a) => Plain(a, HasParity(b, v, 0)),
        ["false"] = (_, v, a) => Plain(a, v is BoolValue { IsTrue: false }),
        ["filter"] = (_, v, a) => Plain(a, v is StringValue name && FilterTable.Has(name.Text)),
        ["float"] = (_, v, a) => Plain(a, v is FloatValue),
        ["in"] = (b, v, a) => Equality.Contains(b, a.Bind(1, "seq")[0]!, v),
        ["integer"] = (_, v, a) => Plain(a, v is IntValue),
        ["iterable"] = (_, v, a) => Plain(a, v is StringValue or ListValue or DictValue or UndefinedValue),
        ["lower"] = (b, v, a) => Plain(a, Texts.HasCase(b, ValueText.Of(b, v), upper: false)),
        ["mapping"] = (_, v, a) => Plain(a, v is DictValue),
        ["none"] = (_, v, a) => Plain(a, v is NoneValue),
        ["number"] = (_, v, a) => Plain(a, Numbers.IsNumber(v)),
        ["odd"] = (b, v, a) => Plain(a, HasParity(b, v, 1)),
        ["sameas"] = (_, v, a) => ReferenceEquals(v, a.Bind(1, "other")[0]),
        ["sequence"] = (_, v, a) => Plain(a, v is StringValue or ListValue or DictValue or UndefinedValue),
        ["string"] = (_, v, a) => Plain(a, v is StringValue),
        ["test"] = (_, v, a) => Plain(a, v is StringValue name && Has(name.Text)),
        ["true"] = (_, v, a) => Plain(a, v is BoolValue { IsTrue: true }),
        ["undefined"] = (_, v, a) => Plain(a, v is UndefinedValue),
        ["upper"] = (b, v, a) => Plain(a, Texts.HasCase(b, ValueText.Of(b, v), upper: true)),
        ["eq"] = Comparing("=="),
        ["equalto"] = Comparing("=="),
        ["=="] = Comparing("=="),
        ["ne"] = Comparing("!="),
        ["!="] = Comparing("!="),
        ["lt"] = Comparing("<"),
        ["lessthan"] = Comparing("<"),
        ["<"] = Comparing("<"),
        ["le"] = Comparing("<="),
        ["<="] = Comparing("<="),
        ["gt"] = Comparing(">"),
        ["greaterthan"] = Comparing(">"),
        [">"] = Comparing(">"),
        ["ge"] = Comparing(">="),
        [">="] = Comparing(">="),
    }.ToFrozenDictionary();

    /// <summary>Whether there is a test of that name.</summary>
    public static bool Has(string name) => Tests.ContainsKey(name);

    /// <summary>Whether a test holds for a value.</summary>
    /// <exception cref="TemplateFault">There is no such test, or it does not take this value or these arguments.</exception>
    public static bool Holds(Budget budget, string name, Value value, Arguments arguments)
    {
        budget.Step();
        return Tests.TryGetValue(name, out var test)
            ? test(budget, value, arguments)
            : throw new TemplateFault(
                $"unknown test {ValueText.Short(StringValue.FromTemplate(name))}, expected one of "
                    + string.Join(", ", Tests.Keys.Order(StringComparer.Ordinal))
            );
    }

    private static bool Plain(Arguments arguments, bool result)
    {
        arguments.BindNone();
        return result;
    }

    private static Test Comparing(string symbol) =>
        (budget, value, arguments) => Operators.Compare(budget, symbol, value, arguments.Bind(1, "other")[0]!);

    private static bool HasParity(Budget budget, Value value, int rest) =>
        Numbers.AsInteger(Remainder(budget, value, new IntValue(2))) == rest;

    private static Value Remainder(Budget budget, Value value, Value divisor) =>
        Numbers.IsNumber(value)
            ? Operators.Binary(budget, "%", value, divisor)
            : throw Expect.Wrong(value, "what is tested", "a number");
}
