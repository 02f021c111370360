using System.Collections.Frozen;

namespace Tandem.Text.Templates;

/// <summary>The methods of Python's <c>list</c> and <c>tuple</c>.</summary>
internal static class ListMethods
{
    private delegate Value Method(Budget budget, ListValue list, Arguments arguments);

    private static readonly FrozenDictionary<string, Method> ReadingMethods = new Dictionary<string, Method>
    {
        ["count"] = Count,
        ["index"] = Index,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, Method> ChangingMethods = new Dictionary<string, Method>
    {
        ["append"] = Append,
        ["clear"] = Clear,
        ["copy"] = (budget, list, arguments) =>
        {
            arguments.BindNone();
            return ListValue.Of(budget, [.. list.List]);
        },
        ["extend"] = Extend,
        ["insert"] = Insert,
        ["pop"] = Pop,
        ["remove"] = Remove,
        ["reverse"] = Reverse,
        ["sort"] = Sort,
    }.ToFrozenDictionary();

    /// <summary>The method of that name bound to a list, or null. A tuple has only those that change nothing.</summary>
    public static Value? Find(ListValue list, string name) =>
        ReadingMethods.TryGetValue(name, out var method)
        || (!list.IsTuple && ChangingMethods.TryGetValue(name, out method))
            ? new FunctionValue(name, (budget, arguments) => method(budget, list, arguments))
            : null;

    private static IntValue Count(Budget budget, ListValue list, Arguments arguments)
    {
        var sought = arguments.Bind(1, "value")[0]!;
        return new IntValue(list.List.Count(item => Equality.AreEqual(budget, item, sought)));
    }

    private static IntValue Index(Budget budget, ListValue list, Arguments arguments)
    {
        var sought = arguments.Bind(1, "value")[0]!;
        var index = list.List.FindIndex(item => Equality.AreEqual(budget, item, sought));
        return index >= 0 ? new IntValue(index) : throw new TemplateFault("the value sought is not in the list");
    }

    private static NoneValue Append(Budget budget, ListValue list, Arguments arguments)
    {
        budget.Allocate(24);
        list.List.Add(arguments.Bind(1, "object")[0]!);
        return NoneValue.Instance;
    }

    private static NoneValue Clear(Budget budget, ListValue list, Arguments arguments)
    {
        arguments.BindNone();
        budget.Step();
        list.List.Clear();
        return NoneValue.Instance;
    }

    private static NoneValue Extend(Budget budget, ListValue list, Arguments arguments)
    {
        var items = Expect.Items(budget, arguments.Bind(1, "iterable")[0]!);
        budget.Allocate(24L * items.Count);
        // A copy, since a list can be extended by itself.
        list.List.AddRange([.. items]);
        return NoneValue.Instance;
    }

    private static NoneValue Insert(Budget budget, ListValue list, Arguments arguments)
    {
        var values = arguments.Bind(2, "index", "object");
        var index = Expect.Integer(values[0], "the argument 'index'", 0);
        budget.Allocate(24);
        budget.StepOver(list.List.Count);
        index = index < 0 ? index + list.List.Count : index;
        list.List.Insert(Math.Clamp(index, 0, list.List.Count), values[1]!);
        return NoneValue.Instance;
    }

    private static Value Pop(Budget budget, ListValue list, Arguments arguments)
    {
        var index = Expect.Integer(arguments.Bind(0, "index")[0], "the argument 'index'", -1);
        index = index < 0 ? index + list.List.Count : index;
        if (index < 0 || index >= list.List.Count)
        {
            throw new TemplateFault($"'pop' finds no item there in a list of {list.List.Count}");
        }
        budget.StepOver(list.List.Count);
        var item = list.List[index];
        list.List.RemoveAt(index);
        return item;
    }

    private static NoneValue Remove(Budget budget, ListValue list, Arguments arguments)
    {
        var index = (int)Index(budget, list, arguments).Number;
        budget.StepOver(list.List.Count);
        list.List.RemoveAt(index);
        return NoneValue.Instance;
    }

    private static NoneValue Reverse(Budget budget, ListValue list, Arguments arguments)
    {
        arguments.BindNone();
        budget.StepOver(list.List.Count);
        list.List.Reverse();
        return NoneValue.Instance;
    }

    private static NoneValue Sort(Budget budget, ListValue list, Arguments arguments)
    {
        var descending = arguments.Bind(0, "reverse")[0] is { IsTrue: true };
        var sorted = Ordering.Sort(budget, list.List, item => item, descending);
        list.List.Clear();
        list.List.AddRange(sorted);
        return NoneValue.Instance;
    }
}
