namespace Tandem.Text.Templates;

/// <summary>The variable <c>loop</c> of a running loop.</summary>
internal sealed class LoopValue(IReadOnlyList<Value> items, int depth) : CallableValue
{
    private ListValue? _lastSeen;

    /// <summary>The index of the current item, from 0.</summary>
    public int Index { get; private set; } = -1;

    /// <summary>The number of items.</summary>
    public int Count => items.Count;

    /// <summary>Runs the loop over other items one level deeper and gives what that prints; null unless the loop is recursive.</summary>
    public Func<Value, Value>? Recurse { get; init; }

    /// <inheritdoc/>
    public override string TypeName => "LoopContext";

    /// <summary>Goes to the next item.</summary>
    public bool MoveNext() => ++Index < items.Count;

    /// <inheritdoc/>
    public override Value Call(Budget budget, Arguments arguments)
    {
        var children = arguments.Bind(1, "iterable")[0]!;
        return Recurse is null ? throw new TemplateFault("the loop is not marked 'recursive'") : Recurse(children);
    }

    /// <inheritdoc/>
    public override Value? Attribute(string name) =>
        name switch
        {
            "index" => new IntValue(Index + 1),
            "index0" => new IntValue(Index),
            "revindex" => new IntValue(Count - Index),
            "revindex0" => new IntValue(Count - Index - 1),
            "first" => BoolValue.Of(Index == 0),
            "last" => BoolValue.Of(Index == Count - 1),
            "length" => new IntValue(Count),
            "depth" => new IntValue(depth + 1),
            "depth0" => new IntValue(depth),
            "previtem" => Index > 0 ? items[Index - 1] : null,
            "nextitem" => Index + 1 < Count ? items[Index + 1] : null,
            "cycle" => new FunctionValue("cycle", Cycle),
            "changed" => new FunctionValue("changed", Changed),
            _ => null,
        };

    private Value Cycle(Budget budget, Arguments arguments) =>
        arguments.Positional.Count > 0
            ? arguments.Positional[Index % arguments.Positional.Count]
            : throw new TemplateFault("'cycle' misses its arguments");

    private BoolValue Changed(Budget budget, Arguments arguments)
    {
        var seen = ListValue.Tuple(budget, [.. arguments.Positional]);
        if (_lastSeen is not null && Equality.AreEqual(budget, _lastSeen, seen))
        {
            return BoolValue.False;
        }
        _lastSeen = seen;
        return BoolValue.True;
    }
}
