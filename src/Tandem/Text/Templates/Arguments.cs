namespace Tandem.Text.Templates;

/// <summary>The evaluated arguments of a call, a filter or a test.</summary>
/// <param name="callee">What is called, for messages.</param>
/// <param name="positional">Those without a name.</param>
/// <param name="named">Those with a name.</param>
internal sealed class Arguments(
    string callee,
    IReadOnlyList<Value> positional,
    IReadOnlyList<KeyValuePair<string, Value>> named
)
{
    /// <summary>What is called, for messages.</summary>
    public string Callee => callee;

    /// <summary>The arguments without a name.</summary>
    public IReadOnlyList<Value> Positional => positional;

    /// <summary>The arguments with a name.</summary>
    public IReadOnlyList<KeyValuePair<string, Value>> Named => named;

    /// <summary>The value of a named argument, or null.</summary>
    public Value? FindNamed(string name)
    {
        foreach (var (key, value) in named)
        {
            if (key == name)
            {
                return value;
            }
        }
        return null;
    }

    /// <summary>These without the first ones that have no name.</summary>
    public Arguments Skip(int count) => new(callee, [.. positional.Skip(count)], named);

    /// <summary>Requires that there is none.</summary>
    /// <exception cref="TemplateFault">There is one.</exception>
    public void BindNone() => Bind(0);

    /// <summary>The values of the parameters, null where one is not given.</summary>
    /// <param name="required">How many parameters from the first on must be given.</param>
    /// <param name="parameters">The names, in order.</param>
    /// <exception cref="TemplateFault">There are too many, too few, or one that no parameter takes.</exception>
    public Value?[] Bind(int required, params ReadOnlySpan<string> parameters)
    {
        if (positional.Count > parameters.Length)
        {
            throw new TemplateFault($"{callee} takes at most {parameters.Length} arguments, found {positional.Count}");
        }
        var values = new Value?[parameters.Length];
        for (var i = 0; i < positional.Count; i++)
        {
            values[i] = positional[i];
        }
        foreach (var (name, value) in named)
        {
            var index = parameters.IndexOf(name);
            if (index < 0)
            {
                throw new TemplateFault($"{callee} has no parameter '{name}'");
            }
            values[index] = values[index] is null
                ? value
                : throw new TemplateFault($"{callee} is given parameter '{name}' twice");
        }
        for (var i = 0; i < required; i++)
        {
            if (values[i] is null)
            {
                throw new TemplateFault($"{callee} misses its argument '{parameters[i]}'");
            }
        }
        return values;
    }
}
