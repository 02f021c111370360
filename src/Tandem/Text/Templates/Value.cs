namespace Tandem.Text.Templates;

/// <summary>A value in a template. The types and what they can do are Python's, since chat templates are written for it.</summary>
internal abstract class Value
{
    /// <summary>The name that Python gives the type, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>Whether it counts as true in a condition.</summary>
    public virtual bool IsTrue => true;

    /// <summary>An attribute or a method bound to this value, or null if there is none of that name.</summary>
    public virtual Value? Attribute(string name) => null;

    /// <summary>What iterating over it gives, or null if it cannot be iterated. A list's items are live.</summary>
    public virtual IReadOnlyList<Value>? Items(Budget budget) => null;
}

/// <summary><c>None</c>.</summary>
internal sealed class NoneValue : Value
{
    /// <summary>The only one.</summary>
    public static readonly NoneValue Instance = new();

    private NoneValue() { }

    /// <inheritdoc/>
    public override string TypeName => "None";

    /// <inheritdoc/>
    public override bool IsTrue => false;
}

/// <summary>
/// What a missing variable, attribute or item gives. It prints as nothing, is false and empty; anything else done with
/// it is an error that says what was missing.
/// </summary>
/// <param name="owner">What lacks it, or null for a variable.</param>
/// <param name="key">The name or the index that was not found.</param>
internal sealed class UndefinedValue(Value? owner, Value key) : Value
{
    /// <summary>A variable that is missing.</summary>
    public static UndefinedValue Variable(string name) => new(null, StringValue.FromTemplate(name));

    /// <summary>What was missing, as a sentence.</summary>
    public string Missing =>
        owner is null ? $"{ValueText.Short(key)} is undefined"
        : key is StringValue ? $"{Expect.Describe(owner)} has no attribute {ValueText.Short(key)}"
        : $"{Expect.Describe(owner)} has no item {ValueText.Short(key)}";

    /// <inheritdoc/>
    public override string TypeName => "Undefined";

    /// <inheritdoc/>
    public override bool IsTrue => false;

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Items(Budget budget) => [];
}

/// <summary><c>True</c> or <c>False</c>; in arithmetic they are 1 and 0.</summary>
internal sealed class BoolValue : Value
{
    /// <summary>True.</summary>
    public static readonly BoolValue True = new(true);

    /// <summary>False.</summary>
    public static readonly BoolValue False = new(false);

    private readonly bool _value;

    private BoolValue(bool value) => _value = value;

    /// <inheritdoc/>
    public override string TypeName => "bool";

    /// <inheritdoc/>
    public override bool IsTrue => _value;

    /// <summary>The one or the other.</summary>
    public static BoolValue Of(bool value) => value ? True : False;
}
