namespace Tandem.Text.Templates;

/// <summary>Python's <c>==</c> and <c>in</c>.</summary>
internal static class Equality
{
    /// <summary>Whether two values are equal: numbers by value whatever their type, texts without regard to origin.</summary>
    /// <exception cref="TemplateFault">They are nested too deep.</exception>
    public static bool AreEqual(Budget budget, Value left, Value right)
    {
        budget.Step();
        if (ReferenceEquals(left, right))
        {
            return true;
        }
        switch (left, right)
        {
            case (StringValue l, StringValue r):
                budget.StepOver(Math.Min(l.Text.Length, r.Text.Length));
                return l.Text == r.Text;
            case (UndefinedValue, UndefinedValue):
                return true;
            case (ListValue l, ListValue r):
                return l.IsTuple == r.IsTuple && AreEqual(budget, l.List, r.List);
            case (DictValue l, DictValue r):
                return AreEqual(budget, l, r);
            default:
                return Numbers.IsNumber(left) && Numbers.IsNumber(right) && Numbers.AreEqual(left, right);
        }
    }

    /// <summary>Whether a container holds a value: an item of a list, a key of a dictionary, a part of a text.</summary>
    /// <exception cref="TemplateFault">The container is none, or the value cannot be in a text.</exception>
    public static bool Contains(Budget budget, Value container, Value value)
    {
        switch (container)
        {
            case StringValue text:
                var part = Expect.Text(value, "the left side of 'in' a string");
                budget.StepSearch(text.Text.Length, part.Text.Length);
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case DictValue dict:
                return dict.Find(value) is not null;
            case UndefinedValue:
                return false;
            default:
                foreach (var item in Expect.Items(budget, container))
                {
                    if (AreEqual(budget, item, value))
                    {
                        return true;
                    }
                }
                return false;
        }
    }

    private static bool AreEqual(Budget budget, List<Value> left, List<Value> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }
        budget.Enter();
        var equal = true;
        for (var i = 0; i < left.Count && equal; i++)
        {
            equal = AreEqual(budget, left[i], right[i]);
        }
        budget.Leave();
        return equal;
    }

    private static bool AreEqual(Budget budget, DictValue left, DictValue right)
    {
        if (left.Entries.Count != right.Entries.Count)
        {
            return false;
        }
        budget.Enter();
        var equal = true;
        foreach (var (key, value) in left.Entries)
        {
            if (right.Find(key) is not { } other || !AreEqual(budget, value, other))
            {
                equal = false;
                break;
            }
        }
        budget.Leave();
        return equal;
    }
}
