namespace Tandem.Text.Templates;

/// <summary>A list, or a tuple where <paramref name="isTuple"/>.</summary>
internal class ListValue(List<Value> items, bool isTuple = false) : Value
{
    /// <summary>The items.</summary>
    public List<Value> List => items;

    /// <summary>Whether it is a tuple: it never changes and can be a key.</summary>
    public bool IsTuple => isTuple;

    /// <inheritdoc/>
    public override string TypeName => isTuple ? "tuple" : "list";

    /// <inheritdoc/>
    public override bool IsTrue => items.Count > 0;

    /// <summary>A new list of such items.</summary>
    /// <exception cref="TemplateFault">There is no memory left for it.</exception>
    public static ListValue Of(Budget budget, IEnumerable<Value> items)
    {
        var list = items as List<Value> ?? [.. items];
        budget.Allocate(56 + (8L * list.Count));
        return new ListValue(list);
    }

    /// <summary>A new tuple of such items.</summary>
    /// <exception cref="TemplateFault">There is no memory left for it.</exception>
    public static ListValue Tuple(Budget budget, params List<Value> items)
    {
        budget.Allocate(56 + (8L * items.Count));
        return new ListValue(items, isTuple: true);
    }

    /// <inheritdoc/>
    public override Value? Attribute(string name) => ListMethods.Find(this, name);

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Items(Budget budget) => items;
}

/// <summary>A dictionary that keeps the order in which its keys came.</summary>
internal sealed class DictValue(Budget budget) : Value
{
    /// <summary>The entries.</summary>
    public OrderedDictionary<Value, Value> Entries { get; } = new(new KeyComparer(budget));

    /// <inheritdoc/>
    public override string TypeName => "dict";

    /// <inheritdoc/>
    public override bool IsTrue => Entries.Count > 0;

    /// <summary>Sets a key.</summary>
    /// <exception cref="TemplateFault">The key is a list or a dictionary, or there is no memory left.</exception>
    public void Set(Value key, Value value)
    {
        KeyComparer.RequireKey(key);
        budget.Step();
        budget.Allocate(80);
        Entries[key] = value;
    }

    /// <summary>The value of a key, or null.</summary>
    public Value? Find(Value key) => KeyComparer.IsKey(key) && Entries.TryGetValue(key, out var value) ? value : null;

    /// <summary>The value of a key that is a text, or null.</summary>
    public Value? Find(string key) => Find(StringValue.FromTemplate(key));

    /// <inheritdoc/>
    public override Value? Attribute(string name) => DictMethods.Find(this, name);

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Items(Budget budget)
    {
        budget.Step(Entries.Count);
        budget.Allocate(8L * Entries.Count);
        return [.. Entries.Keys];
    }
}

/// <summary>What <c>namespace(…)</c> makes: attributes that can be set from within loops and blocks.</summary>
internal sealed class NamespaceValue(DictValue attributes) : Value
{
    /// <summary>The attributes.</summary>
    public DictValue Attributes => attributes;

    /// <inheritdoc/>
    public override string TypeName => "Namespace";

    /// <inheritdoc/>
    public override Value? Attribute(string name) => attributes.Find(name);
}

/// <summary>A group of items that <c>groupby</c> makes: a tuple of what they have in common and the list of them.</summary>
internal sealed class GroupValue(Value grouper, ListValue members) : ListValue([grouper, members], isTuple: true)
{
    /// <inheritdoc/>
    public override Value? Attribute(string name) =>
        name switch
        {
            "grouper" => grouper,
            "list" => members,
            _ => base.Attribute(name),
        };
}
