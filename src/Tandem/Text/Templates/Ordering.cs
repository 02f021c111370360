namespace Tandem.Text.Templates;

/// <summary>Python's <c>&lt;</c> and what is built on it.</summary>
internal static class Ordering
{
    /// <summary>Whether one value comes before (negative), with (0) or after (positive) another.</summary>
    /// <exception cref="TemplateFault">Values of such types have no order.</exception>
    public static int Compare(Budget budget, Value left, Value right)
    {
        budget.Step();
        if (left is StringValue l && right is StringValue r)
        {
            budget.StepOver(Math.Min(l.Text.Length, r.Text.Length));
            return CodePoints.Compare(l.Text, r.Text);
        }
        if (left is ListValue a && right is ListValue b && a.IsTuple == b.IsTuple)
        {
            return CompareItems(budget, a.List, b.List);
        }
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            return Numbers.Compare(left, right);
        }
        var undefined = left as UndefinedValue ?? right as UndefinedValue;
        throw new TemplateFault(
            undefined?.Missing ?? $"cannot tell the order of {Expect.Describe(left)} and {Expect.Describe(right)}"
        );
    }

    /// <summary>The values in order; equal ones keep theirs.</summary>
    /// <param name="budget">What may be used.</param>
    /// <param name="items">The values.</param>
    /// <param name="key">What of a value is compared.</param>
    /// <param name="descending">Whether the largest comes first.</param>
    /// <exception cref="TemplateFault">Two of them have no order.</exception>
    public static List<Value> Sort(Budget budget, IReadOnlyList<Value> items, Func<Value, Value> key, bool descending)
    {
        budget.Allocate(48L * items.Count);
        var keyed = items.Select(item => (Key: key(item), Item: item)).ToArray();
        var comparer = Comparer<(Value Key, Value Item)>.Create(
            (x, y) => descending ? Compare(budget, y.Key, x.Key) : Compare(budget, x.Key, y.Key)
        );
        try
        {
            return [.. keyed.Order(comparer).Select(pair => pair.Item)];
        }
        catch (InvalidOperationException wrapper) when (wrapper.InnerException is TemplateFault fault)
        {
            // The sort wraps what its comparer throws.
            throw fault;
        }
    }

    private static int CompareItems(Budget budget, List<Value> left, List<Value> right)
    {
        budget.Enter();
        var order = left.Count.CompareTo(right.Count);
        for (var i = 0; i < left.Count && i < right.Count; i++)
        {
            if (!Equality.AreEqual(budget, left[i], right[i]))
            {
                order = Compare(budget, left[i], right[i]);
                break;
            }
        }
        budget.Leave();
        return order;
    }
}
