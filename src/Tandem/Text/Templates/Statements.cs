namespace Tandem.Text.Templates;

/// <summary>A part of a template that does something. Plain data: <see cref="Interpreter"/> knows what it means.</summary>
/// <param name="Position">Where it stands in <see cref="TemplateSource.Text"/>.</param>
internal abstract record Statement(int Position);

/// <summary>Text outside of tags.</summary>
internal sealed record TextStatement(StringValue Text, int Position) : Statement(Position);

/// <summary><c>{{ value }}</c>.</summary>
internal sealed record OutputStatement(Expression Value) : Statement(Value.Position);

/// <summary><c>{% if %} … {% elif %} … {% else %} … {% endif %}</c>; the last branch may have no condition.</summary>
internal sealed record IfStatement(
    IReadOnlyList<(Expression? Condition, IReadOnlyList<Statement> Body)> Branches,
    int Position
) : Statement(Position);

/// <summary><c>{% for target in items if condition recursive %} … {% else %} … {% endfor %}</c>.</summary>
internal sealed record ForStatement(
    Expression Target,
    Expression Items,
    Expression? Condition,
    bool IsRecursive,
    IReadOnlyList<Statement> Body,
    IReadOnlyList<Statement> Else,
    int Position
) : Statement(Position);

/// <summary><c>{% break %}</c>.</summary>
internal sealed record BreakStatement(int Position) : Statement(Position);

/// <summary><c>{% continue %}</c>.</summary>
internal sealed record ContinueStatement(int Position) : Statement(Position);

/// <summary><c>{% set target = value %}</c>.</summary>
internal sealed record SetStatement(Expression Target, Expression Value, int Position) : Statement(Position);

/// <summary><c>{% set target | filter %} … {% endset %}</c>.</summary>
internal sealed record SetBlockStatement(
    Expression Target,
    IReadOnlyList<FilterReference> Filters,
    IReadOnlyList<Statement> Body,
    int Position
) : Statement(Position);

/// <summary><c>{% with a = 1 %} … {% endwith %}</c>, and a <c>generation</c> block, which is one without variables.</summary>
internal sealed record WithStatement(
    IReadOnlyList<(Expression Target, Expression Value)> Variables,
    IReadOnlyList<Statement> Body,
    int Position
) : Statement(Position);

/// <summary><c>{% macro name(parameters) %} … {% endmacro %}</c>.</summary>
internal sealed record MacroStatement(MacroDefinition Macro, int Position) : Statement(Position);

/// <summary><c>{% call(parameters) macro(…) %} … {% endcall %}</c>: the macro finds the body as <c>caller</c>.</summary>
internal sealed record CallBlockStatement(CallExpression Call, MacroDefinition Caller, int Position)
    : Statement(Position);

/// <summary><c>{% filter name %} … {% endfilter %}</c>.</summary>
internal sealed record FilterBlockStatement(
    IReadOnlyList<FilterReference> Filters,
    IReadOnlyList<Statement> Body,
    int Position
) : Statement(Position);

/// <summary>What a macro is made of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Its parameters; a default is evaluated at each call that needs it.</param>
/// <param name="Body">Its statements.</param>
/// <param name="Uses">Which of <c>varargs</c>, <c>kwargs</c> and <c>caller</c> the body mentions: only then are they accepted.</param>
internal sealed record MacroDefinition(
    string Name,
    IReadOnlyList<(string Name, Expression? Default)> Parameters,
    IReadOnlyList<Statement> Body,
    IReadOnlySet<string> Uses
);
