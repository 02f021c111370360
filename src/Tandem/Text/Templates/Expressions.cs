namespace Tandem.Text.Templates;

/// <summary>A part of a template that has a value. Plain data: <see cref="Evaluator"/> knows what it means.</summary>
/// <param name="Position">Where it stands in <see cref="TemplateSource.Text"/>.</param>
internal abstract record Expression(int Position);

/// <summary>A literal.</summary>
internal sealed record ConstantExpression(Value Value, int Position) : Expression(Position);

/// <summary>A variable.</summary>
internal sealed record NameExpression(string Name, int Position) : Expression(Position);

/// <summary><c>[a, b]</c>, or <c>(a, b)</c> where <paramref name="IsTuple"/>.</summary>
internal sealed record ListExpression(IReadOnlyList<Expression> Items, bool IsTuple, int Position)
    : Expression(Position);

/// <summary><c>{a: b}</c>.</summary>
internal sealed record DictExpression(IReadOnlyList<(Expression Key, Expression Value)> Items, int Position)
    : Expression(Position);

/// <summary><c>-a</c>, <c>+a</c> or <c>not a</c>.</summary>
internal sealed record UnaryExpression(string Operator, Expression Operand, int Position) : Expression(Position);

/// <summary>An arithmetic operator between two operands.</summary>
internal sealed record BinaryExpression(string Operator, Expression Left, Expression Right, int Position)
    : Expression(Position);

/// <summary><c>a and b</c>, <c>a or b</c>: the right side is evaluated only where it decides.</summary>
internal sealed record LogicalExpression(bool IsAnd, Expression Left, Expression Right, int Position)
    : Expression(Position);

/// <summary><c>a ~ b ~ c</c>.</summary>
internal sealed record ConcatenationExpression(IReadOnlyList<Expression> Parts, int Position) : Expression(Position);

/// <summary><c>a &lt; b &lt;= c</c>: a chain of comparisons that all must hold.</summary>
internal sealed record ComparisonExpression(
    Expression First,
    IReadOnlyList<(string Operator, Expression Operand)> Rest,
    int Position
) : Expression(Position);

/// <summary><c>a if condition else b</c>; without <c>else</c> it is undefined where the condition fails.</summary>
internal sealed record ConditionalExpression(Expression Condition, Expression Then, Expression? Else, int Position)
    : Expression(Position);

/// <summary><c>a.b</c>.</summary>
internal sealed record AttributeExpression(Expression Target, string Name, int Position) : Expression(Position);

/// <summary><c>a[b]</c>.</summary>
internal sealed record ItemExpression(Expression Target, Expression Index, int Position) : Expression(Position);

/// <summary><c>a[start:stop:step]</c>.</summary>
internal sealed record SliceExpression(
    Expression Target,
    Expression? Start,
    Expression? Stop,
    Expression? Step,
    int Position
) : Expression(Position);

/// <summary><c>a(…)</c>.</summary>
internal sealed record CallExpression(Expression Callee, ArgumentExpressions Arguments, int Position)
    : Expression(Position);

/// <summary><c>a | filter(…)</c>.</summary>
internal sealed record FilterExpression(Expression Input, FilterReference Filter) : Expression(Filter.Position);

/// <summary><c>a is test(…)</c>.</summary>
internal sealed record TestExpression(Expression Input, string Name, ArgumentExpressions Arguments, int Position)
    : Expression(Position);

/// <summary>A filter's name and arguments, apart from what it is applied to.</summary>
internal sealed record FilterReference(string Name, ArgumentExpressions Arguments, int Position);

/// <summary>The arguments of a call: by position, by name, and unpacked with <c>*</c> and <c>**</c>.</summary>
internal sealed record ArgumentExpressions(
    IReadOnlyList<Expression> Positional,
    IReadOnlyList<(string Name, Expression Value)> Named,
    Expression? UnpackedPositional,
    Expression? UnpackedNamed
)
{
    /// <summary>No arguments.</summary>
    public static readonly ArgumentExpressions None = new([], [], null, null);
}
