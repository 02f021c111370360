namespace Tandem.Text.Templates;

/// <summary>A value that can be called.</summary>
internal abstract class CallableValue : Value
{
    /// <summary>Calls it.</summary>
    /// <exception cref="TemplateFault">The arguments do not fit, or what it does fails.</exception>
    public abstract Value Call(Budget budget, Arguments arguments);
}

/// <summary>A built-in function or a method bound to its value.</summary>
internal sealed class FunctionValue(string name, Func<Budget, Arguments, Value> call) : CallableValue
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <inheritdoc/>
    public override string TypeName => "function";

    /// <inheritdoc/>
    public override Value Call(Budget budget, Arguments arguments) => call(budget, arguments);
}
