namespace Tandem.Text.Templates;

/// <summary>Filters over what can be iterated.</summary>
internal static class ListFilters
{
    /// <summary>The filters by name.</summary>
    public static IEnumerable<KeyValuePair<string, Filter>> All =>
        new Dictionary<string, Filter>
        {
            ["batch"] = Batch,
            ["count"] = Length,
            ["dictsort"] = SortDict,
            ["first"] = (b, v, a) => End(b, v, a, isFirst: true),
            ["items"] = Items,
            ["join"] = Join,
            ["last"] = (b, v, a) => End(b, v, a, isFirst: false),
            ["length"] = Length,
            ["list"] = (b, v, a) =>
            {
                a.BindNone();
                return ListValue.Of(b, [.. Expect.Items(b, v)]);
            },
            ["reverse"] = Reverse,
            ["slice"] = Slice,
        };

    private static ListValue Batch(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(1, "linecount", "fill_with");
        var size = Expect.Integer(values[0], "the argument 'linecount'", 0);
        if (size <= 0)
        {
            throw new TemplateFault("a batch has no size");
        }
        var batches = Expect.Items(budget, input).Chunk(size).Select(chunk => new List<Value>(chunk)).ToList();
        budget.Step(batches.Count);
        if (values[1] is { } fill and not NoneValue && batches.Count > 0)
        {
            Fill(budget, batches[^1], size, fill);
        }
        return ListValue.Of(budget, [.. batches.Select(batch => ListValue.Of(budget, batch))]);
    }

    private static void Fill(Budget budget, List<Value> items, int count, Value fill)
    {
        budget.Step(Math.Max(0, count - items.Count));
        while (items.Count < count)
        {
            items.Add(fill);
        }
    }

    private static ListValue Slice(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(1, "slices", "fill_with");
        var count = Expect.Integer(values[0], "the argument 'slices'", 0);
        if (count <= 0)
        {
            throw new TemplateFault("a list cannot be cut into no slices");
        }
        budget.Step(count);
        var items = Expect.Items(budget, input);
        var (size, longer) = (items.Count / count, items.Count % count);
        List<Value> slices = new(count);
        var begin = 0;
        for (var i = 0; i < count; i++)
        {
            var end = begin + size + (i < longer ? 1 : 0);
            List<Value> slice = [.. items.Skip(begin).Take(end - begin)];
            if (values[1] is { } fill and not NoneValue && i >= longer && longer > 0)
            {
                slice.Add(fill);
            }
            slices.Add(ListValue.Of(budget, slice));
            begin = end;
        }
        return ListValue.Of(budget, slices);
    }

    private static IntValue Length(Budget budget, Value input, Arguments arguments)
    {
        arguments.BindNone();
        return input switch
        {
            StringValue text => new IntValue(CodePoints.Count(budget, text)),
            ListValue list => new IntValue(list.List.Count),
            DictValue dict => new IntValue(dict.Entries.Count),
            UndefinedValue => new IntValue(0),
            _ => throw Expect.Wrong(input, "what is measured", "something with a length"),
        };
    }

    private static Value End(Budget budget, Value input, Arguments arguments, bool isFirst)
    {
        arguments.BindNone();
        if (input is StringValue text)
        {
            return Subscripts.Item(budget, text, new IntValue(isFirst ? 0 : -1));
        }
        var items = Expect.Items(budget, input);
        return items.Count == 0 ? UndefinedValue.Variable($"the {(isFirst ? "first" : "last")} item of nothing")
            : isFirst ? items[0]
            : items[^1];
    }

    private static ListValue Items(Budget budget, Value input, Arguments arguments)
    {
        arguments.BindNone();
        return input switch
        {
            DictValue dict => DictMethods.Pairs(budget, dict),
            UndefinedValue => ListValue.Of(budget, []),
            _ => throw Expect.Wrong(input, "what is cut into items", "a dictionary"),
        };
    }

    private static StringValue Join(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "d", "attribute");
        var items = Expect.Items(budget, input);
        return Texts.Join(
            budget,
            items,
            values[0] is null ? StringValue.Empty : ValueText.Of(budget, values[0]!),
            item => ValueText.Of(budget, values[1] is null ? item : AttributePath.Find(budget, item, values[1]!))
        );
    }

    private static Value Reverse(Budget budget, Value input, Arguments arguments)
    {
        arguments.BindNone();
        if (input is StringValue text)
        {
            return Subscripts.Slice(budget, text, null, null, new IntValue(-1));
        }
        List<Value> items = [.. Expect.Items(budget, input)];
        items.Reverse();
        return ListValue.Of(budget, items);
    }

    private static ListValue SortDict(Budget budget, Value input, Arguments arguments)
    {
        var values = arguments.Bind(0, "case_sensitive", "by", "reverse");
        var dict = input as DictValue ?? throw Expect.Wrong(input, "what is sorted", "a dictionary");
        var by = values[1] is null ? "key" : Expect.Text(values[1]!, "the argument 'by'").Text;
        var index = by switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateFault("the argument 'by' is neither 'key' nor 'value'"),
        };
        var isCaseSensitive = values[0] is { IsTrue: true };
        var pairs = DictMethods.Pairs(budget, dict).List;
        var sorted = Ordering.Sort(
            budget,
            pairs,
            pair => AttributePath.Folded(budget, ((ListValue)pair).List[index], isCaseSensitive),
            descending: values[2] is { IsTrue: true }
        );
        return ListValue.Of(budget, sorted);
    }
}
