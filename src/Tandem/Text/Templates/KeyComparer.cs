namespace Tandem.Text.Templates;

/// <summary>Compares the keys of a dictionary: equal numbers of any type are one key, and texts count without their origin.</summary>
internal sealed class KeyComparer(Budget budget) : IEqualityComparer<Value>
{
    /// <summary>Whether a value can be a key: what can change cannot.</summary>
    public static bool IsKey(Value value) => value is not DictValue and not ListValue { IsTuple: false };

    /// <summary>Requires that a value can be a key.</summary>
    /// <exception cref="TemplateFault">It cannot.</exception>
    public static void RequireKey(Value value)
    {
        if (!IsKey(value))
        {
            throw new TemplateFault($"a {value.TypeName} cannot be a key");
        }
    }

    /// <inheritdoc/>
    public bool Equals(Value? x, Value? y) => x is not null && y is not null && Equality.AreEqual(budget, x, y);

    /// <inheritdoc/>
    public int GetHashCode(Value obj)
    {
        switch (obj)
        {
            case StringValue text:
                budget.StepOver(text.Text.Length);
                return text.Text.GetHashCode(StringComparison.Ordinal);
            case ListValue tuple:
                // Its items may be tuples again; the number of items is enough of a hash for what is hardly ever a key.
                return HashCode.Combine(tuple.List.Count);
            case FloatValue number when !double.IsInteger(number.Number):
                return HashCode.Combine(number.Number);
            default:
                // Seeded by the runtime, so that no template can choose keys that collide.
                return Numbers.AsInteger(obj) is { } integer ? HashCode.Combine(integer) : 0;
        }
    }
}
