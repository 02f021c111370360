namespace Tandem.Text.Templates;

/// <summary>A macro, or the block of a call statement, together with the scope in which it was defined.</summary>
internal sealed class MacroValue(MacroDefinition macro, Scope scope, Evaluator evaluator, Interpreter interpreter)
    : CallableValue
{
    /// <summary>The name under which a macro finds the block of the statement that calls it.</summary>
    public const string Caller = "caller";

    private const string MorePositional = "varargs";
    private const string MoreNamed = "kwargs";

    /// <summary>Its name.</summary>
    public string Name => macro.Name;

    /// <inheritdoc/>
    public override string TypeName => "Macro";

    /// <inheritdoc/>
    public override Value? Attribute(string name) => name == "name" ? StringValue.FromTemplate(macro.Name) : null;

    /// <inheritdoc/>
    public override Value Call(Budget budget, Arguments arguments)
    {
        budget.Enter();
        // Each name is looked for among all of the other side.
        budget.Step(1 + ((long)macro.Parameters.Count * arguments.Named.Count));
        var inner = new Scope(budget, scope);
        BindExtra(budget, arguments, inner);
        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var (name, fallback) = macro.Parameters[i];
            var named = arguments.FindNamed(name);
            if (named is not null && i < arguments.Positional.Count)
            {
                throw new TemplateFault($"{arguments.Callee} is given parameter '{name}' twice");
            }
            var value = i < arguments.Positional.Count ? arguments.Positional[i] : named;
            // A default may refer to the parameters before it.
            value ??= fallback is null ? UndefinedValue.Variable(name) : evaluator.Evaluate(fallback, inner);
            inner.Set(name, value);
        }
        var printed = interpreter.Capture(macro.Body, inner);
        budget.Leave();
        return printed;
    }

    /// <summary>Gives the body the arguments that no parameter takes, where it asks for them.</summary>
    private void BindExtra(Budget budget, Arguments arguments, Scope inner)
    {
        var count = macro.Parameters.Count;
        if (macro.Uses.Contains(MorePositional))
        {
            inner.Set(MorePositional, ListValue.Tuple(budget, [.. arguments.Positional.Skip(count)]));
        }
        else if (arguments.Positional.Count > count)
        {
            throw new TemplateFault(
                $"{arguments.Callee} takes at most {count} arguments, found {arguments.Positional.Count}"
            );
        }
        if (macro.Uses.Contains(Caller))
        {
            inner.Set(Caller, arguments.FindNamed(Caller) ?? UndefinedValue.Variable(Caller));
        }
        var extra = macro.Uses.Contains(MoreNamed) ? new DictValue(budget) : null;
        foreach (var (name, value) in arguments.Named)
        {
            if ((name == Caller && macro.Uses.Contains(Caller)) || HasParameter(name))
            {
                continue;
            }
            if (extra is null)
            {
                throw new TemplateFault($"{arguments.Callee} has no parameter '{name}'");
            }
            extra.Set(StringValue.FromTemplate(name), value);
        }
        if (extra is not null)
        {
            inner.Set(MoreNamed, extra);
        }
    }

    private bool HasParameter(string name)
    {
        foreach (var parameter in macro.Parameters)
        {
            if (parameter.Name == name)
            {
                return true;
            }
        }
        return false;
    }
}
