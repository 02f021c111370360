using System.Numerics;

namespace Tandem.Text.Templates;

/// <summary>The functions that every template can call.</summary>
internal static class Globals
{
    private const int RangeItemsMax = 100_000;

    /// <summary>The outermost scope.</summary>
    /// <param name="budget">What may be used.</param>
    /// <param name="now">The time that <c>strftime_now</c> prints; without one that function is undefined.</param>
    public static Scope Scope(Budget budget, DateTime? now)
    {
        var scope = new Scope(budget, null);
        Add(scope, "range", Range);
        Add(scope, "dict", Dict);
        Add(scope, "namespace", (b, arguments) => new NamespaceValue(Dict(b, arguments)));
        Add(scope, "raise_exception", Raise);
        if (now is { } time)
        {
            Add(scope, "strftime_now", (b, arguments) => DateText.Format(b, time, Format(arguments)));
        }
        return scope;
    }

    private static void Add(Scope scope, string name, Func<Budget, Arguments, Value> call) =>
        scope.Set(name, new FunctionValue(name, call));

    private static StringValue Format(Arguments arguments) =>
        Expect.Text(arguments.Bind(1, "format")[0]!, "the format of the date");

    private static ListValue Range(Budget budget, Arguments arguments)
    {
        var values = arguments.Bind(1, "start", "stop", "step");
        var first = Integer(values[0]!);
        var (start, stop) = values[1] is null ? (0, first) : (first, Integer(values[1]!));
        var step = values[2] is null ? 1 : Integer(values[2]!);
        if (step.IsZero)
        {
            throw new TemplateFault("the step of a range is zero");
        }
        var count = BigInteger.Max(0, (stop - start + step - step.Sign) / step);
        if (count > RangeItemsMax)
        {
            throw new TemplateFault($"a range has {count} numbers, expected at most {RangeItemsMax}");
        }
        budget.Step((long)count);
        List<Value> items = new((int)count);
        for (var number = start; items.Count < count; number += step)
        {
            items.Add(IntValue.Of(budget, number));
        }
        return ListValue.Of(budget, items);
    }

    private static BigInteger Integer(Value value) =>
        value is not FloatValue && Numbers.AsInteger(value) is { } number
            ? number
            : throw Expect.Wrong(value, "a bound of a range", "an integer");

    private static DictValue Dict(Budget budget, Arguments arguments)
    {
        var dict = new DictValue(budget);
        budget.Allocate(200);
        DictMethods.Update(budget, dict, arguments);
        return dict;
    }

    private static Value Raise(Budget budget, Arguments arguments)
    {
        var message = arguments.Bind(1, "message")[0]!;
        throw new InputException(ValueText.Of(budget, message).Text);
    }
}
