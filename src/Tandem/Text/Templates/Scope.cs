namespace Tandem.Text.Templates;

/// <summary>The variables of a block; what it lacks is looked for in the block around it.</summary>
internal sealed class Scope(Budget budget, Scope? outer)
{
    // Nearly every scope is a loop's with two or three variables, and there is one for each item.
    private const int FewMax = 8;
    private readonly List<KeyValuePair<string, Value>> _few = [];
    private Dictionary<string, Value>? _many;

    private Scope? Outer => outer;

    /// <summary>The value of a variable, or null.</summary>
    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.FindHere(name) is { } value)
            {
                return value;
            }
        }
        return null;
    }

    /// <summary>Sets a variable of this block.</summary>
    /// <exception cref="TemplateFault">There is no memory left for it.</exception>
    public void Set(string name, Value value)
    {
        budget.Allocate(_few.Count == 0 ? 160 : 64);
        for (var i = 0; i < _few.Count; i++)
        {
            if (_few[i].Key == name)
            {
                _few[i] = new(name, value);
                return;
            }
        }
        if (_few.Count < FewMax)
        {
            _few.Add(new(name, value));
            return;
        }
        _many ??= [];
        _many[name] = value;
    }

    private Value? FindHere(string name)
    {
        foreach (var (key, value) in _few)
        {
            if (key == name)
            {
                return value;
            }
        }
        return _many?.GetValueOrDefault(name);
    }
}
