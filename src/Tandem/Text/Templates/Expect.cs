namespace Tandem.Text.Templates;

/// <summary>Arguments of built-in functions as the types that they must have.</summary>
internal static class Expect
{
    /// <summary>A text.</summary>
    /// <exception cref="TemplateFault">It is something else.</exception>
    public static StringValue Text(Value value, string what) =>
        value as StringValue ?? throw Wrong(value, what, "a string");

    /// <summary>An integer that fits a list's length, or the default where it is missing.</summary>
    /// <exception cref="TemplateFault">It is something else, or out of range.</exception>
    public static int Integer(Value? value, string what, int fallback)
    {
        if (value is null)
        {
            return fallback;
        }
        return
            Numbers.AsInteger(value) is { } number
            && value is not FloatValue
            && int.MinValue < number
            && number < int.MaxValue
            ? (int)number
            : throw Wrong(value, what, "an integer");
    }

    /// <summary>What iterating over a value gives.</summary>
    /// <exception cref="TemplateFault">It cannot be iterated.</exception>
    public static IReadOnlyList<Value> Items(Budget budget, Value value) =>
        value.Items(budget) ?? throw new TemplateFault($"found {Describe(value)}, expected something to iterate over");

    /// <summary>A value as a message names it.</summary>
    public static string Describe(Value value) =>
        value switch
        {
            UndefinedValue undefined => undefined.Missing,
            NoneValue => "none",
            _ => $"a value of type {value.TypeName}",
        };

    /// <summary>The error that a value is not what it must be.</summary>
    public static TemplateFault Wrong(Value value, string what, string expected) =>
        value is UndefinedValue undefined
            ? new TemplateFault(undefined.Missing)
            : new TemplateFault($"{what} is {Describe(value)}, expected {expected}");
}
