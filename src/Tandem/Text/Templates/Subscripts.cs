using System.Numerics;

namespace Tandem.Text.Templates;

/// <summary>Attributes, items and slices.</summary>
internal static class Subscripts
{
    /// <summary>What <c>target.name</c> gives: a method or attribute first, then a key of that name, else undefined.</summary>
    /// <exception cref="TemplateFault">The target itself is undefined.</exception>
    public static Value Attribute(Value target, string name)
    {
        RequireDefined(target);
        return target.Attribute(name)
            ?? (target as DictValue)?.Find(name)
            ?? new UndefinedValue(target, StringValue.FromTemplate(name));
    }

    /// <summary>What <c>target[index]</c> gives: a key or position first, then an attribute, else undefined.</summary>
    /// <exception cref="TemplateFault">The target itself is undefined.</exception>
    public static Value Item(Budget budget, Value target, Value index)
    {
        RequireDefined(target);
        var found = target switch
        {
            DictValue dict => dict.Find(index),
            ListValue list when Position(index, list.List.Count) is { } at => list.List[at],
            StringValue text when Position(index, CodePoints.Count(budget, text)) is { } at => Character(
                budget,
                text,
                at
            ),
            _ => null,
        };
        found ??= index is StringValue name ? target.Attribute(name.Text) : null;
        return found ?? new UndefinedValue(target, index);
    }

    /// <summary>What <c>target[start:stop:step]</c> gives, bounds beyond the ends cut as in Python.</summary>
    /// <exception cref="TemplateFault">The target has no positions, or a bound is no integer.</exception>
    public static Value Slice(Budget budget, Value target, Value? start, Value? stop, Value? step)
    {
        var count = target switch
        {
            ListValue list => list.List.Count,
            StringValue text => CodePoints.Count(budget, text),
            _ => throw Expect.Wrong(target, "what is sliced", "a list or a string"),
        };
        var by = Bound(step, 1, int.MinValue + 1, int.MaxValue);
        if (by == 0)
        {
            throw new TemplateFault("the step of a slice is zero");
        }
        var (low, high) = by > 0 ? (0, count) : (-1, count - 1);
        var from = Clamp(start, by > 0 ? low : high, count, low, high);
        var to = Clamp(stop, by > 0 ? high : low, count, low, high);
        if (target is StringValue whole)
        {
            return by == 1 ? Substring(budget, whole, from, to) : PickCharacters(budget, whole, from, to, by);
        }
        var source = (ListValue)target;
        List<Value> items = [];
        for (long at = from; by > 0 ? at < to : at > to; at += by)
        {
            items.Add(source.List[(int)at]);
        }
        budget.Step(items.Count / 4);
        budget.Allocate(56 + (16L * items.Count));
        return new ListValue(items, source.IsTuple);
    }

    private static StringValue Substring(Budget budget, StringValue text, int from, int to)
    {
        var begin = CodePoints.Offset(budget, text, from);
        return text.Slice(budget, begin, CodePoints.Offset(budget, text, to) - begin);
    }

    private static StringValue PickCharacters(Budget budget, StringValue text, int from, int to, int by)
    {
        var characters = text.Items(budget);
        var builder = new StringValueBuilder(budget);
        for (long at = from; by > 0 ? at < to : at > to; at += by)
        {
            builder.Append((StringValue)characters[(int)at]);
        }
        return builder.ToValue();
    }

    private static StringValue Character(Budget budget, StringValue text, int at)
    {
        var begin = CodePoints.Offset(budget, text, at);
        return text.Slice(budget, begin, CodePoints.UnitsAt(text.Text, begin));
    }

    /// <summary>The position that an index means, from the end where it is negative; null if it is none.</summary>
    private static int? Position(Value index, int count)
    {
        if (index is FloatValue || Numbers.AsInteger(index) is not { } number)
        {
            return null;
        }
        number = number.Sign < 0 ? number + count : number;
        return number.Sign >= 0 && number < count ? (int)number : null;
    }

    private static int Clamp(Value? bound, int fallback, int count, int low, int high)
    {
        var at = Bound(bound, fallback, int.MinValue + 1, int.MaxValue);
        at = bound is null or NoneValue || at >= 0 ? at : at + count;
        return Math.Clamp(at, low, high);
    }

    private static int Bound(Value? bound, int fallback, int low, int high)
    {
        if (bound is null or NoneValue)
        {
            return fallback;
        }
        return bound is not FloatValue && Numbers.AsInteger(bound) is { } number
            ? (int)BigInteger.Max(low, BigInteger.Min(high, number))
            : throw Expect.Wrong(bound, "a bound of a slice", "an integer");
    }

    private static void RequireDefined(Value target)
    {
        if (target is UndefinedValue undefined)
        {
            throw new TemplateFault(undefined.Missing);
        }
    }
}
