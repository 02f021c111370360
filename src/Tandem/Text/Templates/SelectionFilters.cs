namespace Tandem.Text.Templates;

/// <summary>Filters that choose, order, group or map the items of a list.</summary>
internal static class SelectionFilters
{
    /// <summary>The filters by name.</summary>
    public static IEnumerable<KeyValuePair<string, Filter>> All =>
        new Dictionary<string, Filter>
        {
            ["groupby"] = Group,
            ["map"] = Map,
            ["max"] = (b, v, a) => Extreme(b, v, a, sign: 1),
            ["min"] = (b, v, a) => Extreme(b, v, a, sign: -1),
            ["reject"] = (b, v, a) => Select(b, v, a, byAttribute: false, wanted: false),
            ["rejectattr"] = (b, v, a) => Select(b, v, a, byAttribute: true, wanted: false),
            ["select"] = (b, v, a) => Select(b, v, a, byAttribute: false, wanted: true),
            ["selectattr"] = (b, v, a) => Select(b, v, a, byAttribute: true, wanted: true),
            ["sort"] = Sort,
            ["sum"] = Sum,
            ["unique"] = Unique,
        };

    private static ListValue Select(Budget budget, Value input, Arguments arguments, bool byAttribute, bool wanted)
    {
        var path = byAttribute ? Required(arguments, 0, "the attribute") : null;
        var rest = arguments.Skip(byAttribute ? 1 : 0);
        var test = rest.Positional.Count > 0 ? Expect.Text(rest.Positional[0], "the name of the test").Text : null;
        var testArguments = rest.Skip(1);
        List<Value> selected = [];
        foreach (var item in ItemsOrNone(budget, input))
        {
            budget.Step();
            budget.Allocate(16);
            var subject = path is null ? item : AttributePath.Find(budget, item, path);
            var holds = test is null ? subject.IsTrue : TestTable.Holds(budget, test, subject, testArguments);
            if (holds == wanted)
            {
                selected.Add(item);
            }
        }
        return ListValue.Of(budget, selected);
    }

    private static ListValue Map(Budget budget, Value input, Arguments arguments)
    {
        var path = arguments.Positional.Count == 0 ? arguments.FindNamed("attribute") : null;
        var fallback = arguments.FindNamed("default");
        var filter = path is null
            ? Expect.Text(Required(arguments, 0, "the name of the filter"), "the name of the filter").Text
            : null;
        var filterArguments = arguments.Skip(1);
        List<Value> mapped = [];
        foreach (var item in ItemsOrNone(budget, input))
        {
            budget.Step();
            budget.Allocate(16);
            var value = filter is null
                ? AttributePath.Find(budget, item, path!)
                : FilterTable.Apply(budget, filter, item, filterArguments);
            mapped.Add(value is UndefinedValue && path is not null ? fallback ?? value : value);
        }
        return ListValue.Of(budget, mapped);
    }

    /// <summary>What is false, such as none, counts as empty here, as in Jinja.</summary>
    private static IReadOnlyList<Value> ItemsOrNone(Budget budget, Value input) =>
        input.IsTrue ? Expect.Items(budget, input) : [];

    private static Value Required(Arguments arguments, int index, string what) =>
        index < arguments.Positional.Count
            ? arguments.Positional[index]
            : throw new TemplateFault($"{arguments.Callee} misses {what}");

    private static ListValue Sort(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "reverse", "case_sensitive", "attribute");
        var isCaseSensitive = values[1] is { IsTrue: true };
        var sorted = Ordering.Sort(
            budget,
            Expect.Items(budget, input),
            item => AttributePath.FindAll(budget, item, values[2], isCaseSensitive),
            descending: values[0] is { IsTrue: true }
        );
        return ListValue.Of(budget, sorted);
    }

    private static ListValue Unique(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "case_sensitive", "attribute");
        var seen = new HashSet<Value>(new KeyComparer(budget));
        List<Value> unique = [];
        foreach (var item in Expect.Items(budget, input))
        {
            budget.Allocate(56);
            var key = AttributePath.FindAll(budget, item, values[1], values[0] is { IsTrue: true });
            KeyComparer.RequireKey(key);
            if (seen.Add(key))
            {
                unique.Add(item);
            }
        }
        return ListValue.Of(budget, unique);
    }

    private static Value Extreme(Budget budget, Value input, Arguments arguments, int sign)
    {
        var values = arguments.Bind(0, "case_sensitive", "attribute");
        var isCaseSensitive = values[0] is { IsTrue: true };
        Value? best = null;
        Value? bestKey = null;
        foreach (var item in Expect.Items(budget, input))
        {
            var key = AttributePath.FindAll(budget, item, values[1], isCaseSensitive);
            if (bestKey is null || Ordering.Compare(budget, key, bestKey) * sign > 0)
            {
                (best, bestKey) = (item, key);
            }
        }
        return best ?? UndefinedValue.Variable($"the {(sign > 0 ? "largest" : "smallest")} item of nothing");
    }

    private static Value Sum(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "attribute", "start");
        var sum = values[1] ?? new IntValue(0);
        foreach (var item in Expect.Items(budget, input))
        {
            budget.Step();
            var addend = values[0] is null or NoneValue ? item : AttributePath.Find(budget, item, values[0]!);
            sum = Operators.Binary(budget, "+", sum, addend);
        }
        return sum;
    }

    private static ListValue Group(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(1, "attribute", "default", "case_sensitive");
        var isCaseSensitive = values[2] is { IsTrue: true };
        Value Subject(Value item)
        {
            var found = AttributePath.Find(budget, item, values[0]!);
            return found is UndefinedValue ? values[1] ?? found : found;
        }
        Value Key(Value item) => AttributePath.Folded(budget, Subject(item), isCaseSensitive);
        List<Value> groups = [];
        List<Value>? members = null;
        Value? last = null;
        foreach (var item in Ordering.Sort(budget, Expect.Items(budget, input), Key, descending: false))
        {
            var key = Key(item);
            if (members is null || !Equality.AreEqual(budget, last!, key))
            {
                members = [];
                budget.Allocate(120);
                groups.Add(new GroupValue(Subject(item), new ListValue(members)));
                last = key;
            }
            budget.Allocate(16);
            members.Add(item);
        }
        return ListValue.Of(budget, groups);
    }
}
