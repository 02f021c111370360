using System.Collections.Frozen;

namespace Tandem.Text.Templates;

/// <summary>The methods of Python's <c>dict</c>.</summary>
internal static class DictMethods
{
    private delegate Value Method(Budget budget, DictValue dict, Arguments arguments);

    private static readonly FrozenDictionary<string, Method> Methods = new Dictionary<string, Method>
    {
        ["clear"] = Clear,
        ["copy"] = Copy,
        ["get"] = Get,
        ["items"] = (budget, dict, arguments) =>
        {
            arguments.BindNone();
            return Pairs(budget, dict);
        },
        ["keys"] = (budget, dict, arguments) =>
        {
            arguments.BindNone();
            return ListValue.Of(budget, [.. dict.Items(budget)]);
        },
        ["pop"] = Pop,
        ["setdefault"] = SetDefault,
        ["update"] = Update,
        ["values"] = (budget, dict, arguments) =>
        {
            arguments.BindNone();
            budget.Step(dict.Entries.Count);
            return ListValue.Of(budget, [.. dict.Entries.Values]);
        },
    }.ToFrozenDictionary();

    /// <summary>The method of that name bound to a dictionary, or null.</summary>
    public static Value? Find(DictValue dict, string name) =>
        Methods.TryGetValue(name, out var method)
            ? new FunctionValue(name, (budget, arguments) => method(budget, dict, arguments))
            : null;

    /// <summary>The entries as a list of tuples of key and value.</summary>
    public static ListValue Pairs(Budget budget, DictValue dict)
    {
        budget.Step(dict.Entries.Count);
        List<Value> pairs = new(dict.Entries.Count);
        foreach (var (key, value) in dict.Entries)
        {
            pairs.Add(ListValue.Tuple(budget, key, value));
        }
        return ListValue.Of(budget, pairs);
    }

    /// <summary>Adds entries: those of a dictionary or of a list of pairs, then the named arguments.</summary>
    /// <exception cref="TemplateFault">It is neither, or an item is no pair.</exception>
    public static NoneValue Update(Budget budget, DictValue dict, Arguments arguments)
    {
        foreach (var source in arguments.Positional)
        {
            var pairs = source is DictValue other ? Pairs(budget, other).List : Expect.Items(budget, source);
            foreach (var pair in pairs)
            {
                if (Expect.Items(budget, pair) is not [var key, var value])
                {
                    throw new TemplateFault("an entry for a dictionary is no pair of key and value");
                }
                dict.Set(key, value);
            }
        }
        foreach (var (name, value) in arguments.Named)
        {
            dict.Set(StringValue.FromTemplate(name), value);
        }
        return NoneValue.Instance;
    }

    private static NoneValue Clear(Budget budget, DictValue dict, Arguments arguments)
    {
        arguments.BindNone();
        budget.Step();
        dict.Entries.Clear();
        return NoneValue.Instance;
    }

    private static DictValue Copy(Budget budget, DictValue dict, Arguments arguments)
    {
        arguments.BindNone();
        var copy = new DictValue(budget);
        foreach (var (key, value) in dict.Entries)
        {
            copy.Set(key, value);
        }
        return copy;
    }

    private static Value Get(Budget budget, DictValue dict, Arguments arguments)
    {
        var values = arguments.Bind(1, "key", "default");
        budget.Step();
        return dict.Find(values[0]!) ?? values[1] ?? NoneValue.Instance;
    }

    private static Value Pop(Budget budget, DictValue dict, Arguments arguments)
    {
        var values = arguments.Bind(1, "key", "default");
        var value =
            dict.Find(values[0]!)
            ?? values[1]
            ?? throw new TemplateFault($"'pop' finds no key {ValueText.Short(values[0]!)}");
        budget.StepOver(16L * dict.Entries.Count);
        dict.Entries.Remove(values[0]!);
        return value;
    }

    private static Value SetDefault(Budget budget, DictValue dict, Arguments arguments)
    {
        var values = arguments.Bind(1, "key", "default");
        var value = dict.Find(values[0]!) ?? values[1] ?? NoneValue.Instance;
        dict.Set(values[0]!, value);
        return value;
    }
}
