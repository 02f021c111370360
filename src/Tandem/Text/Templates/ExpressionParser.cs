using System.Globalization;

namespace Tandem.Text.Templates;

/// <summary>
/// Parses expressions by recursive descent. From loosest to tightest: inline <c>if</c>, <c>or</c>, <c>and</c>,
/// <c>not</c>, comparison, <c>+ -</c>, <c>~</c>, <c>* / // %</c>, <c>**</c>, sign, and then filters, tests, calls and
/// subscripts. The order, and that <c>**</c> groups to the left, are Jinja's.
/// </summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private static readonly string[] Additions = ["+", "-"];
    private static readonly string[] Multiplications = ["*", "/", "//", "%"];
    private static readonly string[] Powers = ["**"];

    /// <summary>The names met since it was set; a macro's parser reads from it what the body mentions.</summary>
    public HashSet<string> NamesUsed { get; set; } = [];

    /// <summary>One expression, or a tuple where commas follow.</summary>
    public Expression ParseTuple() => ParseTuple(Parse);

    /// <summary>One expression or tuple without inline <c>if</c>, as stands after <c>in</c> of a loop.</summary>
    public Expression ParseTupleWithoutCondition() => ParseTuple(ParseOr);

    /// <summary>One expression.</summary>
    public Expression Parse()
    {
        tokens.Enter();
        var expression = ParseOr();
        while (tokens.Current.IsName("if"))
        {
            var position = tokens.Take().Position;
            var condition = ParseOr();
            var otherwise = tokens.TakeName("else") ? Parse() : null;
            expression = new ConditionalExpression(condition, expression, otherwise, position);
        }
        tokens.Leave();
        return expression;
    }

    /// <summary>What a value is assigned to: names, nested as in <c>(a, b), c</c>, or <c>namespace.attribute</c>.</summary>
    public Expression ParseTarget()
    {
        var position = tokens.Current.Position;
        var first = ParseTargetItem();
        if (!tokens.Current.IsOperator(","))
        {
            return first;
        }
        var items = new List<Expression> { first };
        while (tokens.TakeOperator(",") && (tokens.Current.Kind == TokenKind.Name || tokens.Current.IsOperator("(")))
        {
            items.Add(ParseTargetItem());
        }
        return new ListExpression(items, IsTuple: true, position);
    }

    /// <summary>The arguments after an opening parenthesis that has been passed, up to the closing one.</summary>
    public ArgumentExpressions ParseArguments()
    {
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        Expression? unpacked = null;
        Expression? unpackedNamed = null;
        while (!tokens.TakeOperator(")"))
        {
            if (tokens.TakeOperator("*"))
            {
                unpacked = Once(unpacked);
            }
            else if (tokens.TakeOperator("**"))
            {
                unpackedNamed = Once(unpackedNamed);
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Ahead().IsOperator("="))
            {
                var name = tokens.Take().Value;
                tokens.Take();
                named.Add((name, Parse()));
            }
            else if (named.Count > 0 || unpacked is not null || unpackedNamed is not null)
            {
                throw tokens.Unexpected("no argument without a name after named ones");
            }
            else
            {
                positional.Add(Parse());
            }
            if (!tokens.Current.IsOperator(")"))
            {
                tokens.ExpectOperator(",");
            }
        }
        return new ArgumentExpressions(positional, named, unpacked, unpackedNamed);
    }

    /// <summary>A filter's name and arguments, after the bar that has been passed.</summary>
    public FilterReference ParseFilterReference()
    {
        var position = tokens.Current.Position;
        var name = tokens.Expect(TokenKind.Name, "the name of a filter").Value;
        var arguments = tokens.TakeOperator("(") ? ParseArguments() : ArgumentExpressions.None;
        return new FilterReference(name, arguments, position);
    }

    private Expression Once(Expression? before) =>
        before is null ? Parse() : throw tokens.Unexpected("only one unpacked argument of a kind");

    private Expression ParseTuple(Func<Expression> parseItem)
    {
        var position = tokens.Current.Position;
        var first = parseItem();
        if (!tokens.Current.IsOperator(","))
        {
            return first;
        }
        var items = new List<Expression> { first };
        while (tokens.TakeOperator(",") && !AtTupleEnd())
        {
            items.Add(parseItem());
        }
        return new ListExpression(items, IsTuple: true, position);
    }

    private bool AtTupleEnd() =>
        tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd
        || tokens.Current.IsOperator(")")
        || tokens.Current.IsOperator("=");

    private Expression ParseTargetItem()
    {
        if (tokens.TakeOperator("("))
        {
            tokens.Enter();
            var inner = ParseTarget();
            tokens.Leave();
            tokens.ExpectOperator(")");
            return inner;
        }
        var name = tokens.Expect(TokenKind.Name, "a name to assign to");
        if (Constant(name.Value) is not null)
        {
            throw tokens.Source.Error(name.Position, $"cannot assign to '{name.Value}'");
        }
        Expression target = new NameExpression(name.Value, name.Position);
        return tokens.TakeOperator(".")
            ? new AttributeExpression(target, tokens.Expect(TokenKind.Name, "an attribute's name").Value, name.Position)
            : target;
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (tokens.Current.IsName("or"))
        {
            var position = tokens.Take().Position;
            left = new LogicalExpression(IsAnd: false, left, ParseAnd(), position);
        }
        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (tokens.Current.IsName("and"))
        {
            var position = tokens.Take().Position;
            left = new LogicalExpression(IsAnd: true, left, ParseNot(), position);
        }
        return left;
    }

    private Expression ParseNot()
    {
        if (!tokens.Current.IsName("not"))
        {
            return ParseComparison();
        }
        tokens.Enter();
        var position = tokens.Take().Position;
        var negated = new UnaryExpression("not", ParseNot(), position);
        tokens.Leave();
        return negated;
    }

    private Expression ParseComparison()
    {
        var first = ParseAddition();
        var position = tokens.Current.Position;
        List<(string, Expression)> rest = [];
        while (TakeComparison() is { } comparison)
        {
            rest.Add((comparison, ParseAddition()));
        }
        return rest.Count == 0 ? first : new ComparisonExpression(first, rest, position);
    }

    private string? TakeComparison()
    {
        if (tokens.TakeName("in"))
        {
            return "in";
        }
        if (tokens.Current.IsName("not") && tokens.Ahead().IsName("in"))
        {
            tokens.Take();
            tokens.Take();
            return "not in";
        }
        return TakeAny(Comparisons);
    }

    private string? TakeAny(string[] operators) =>
        tokens.Current.Kind == TokenKind.Operator && operators.Contains(tokens.Current.Value)
            ? tokens.Take().Value
            : null;

    private Expression ParseAddition() => ParseBinary(Additions, ParseConcatenation);

    private Expression ParseMultiplication() => ParseBinary(Multiplications, ParsePower);

    private Expression ParsePower() => ParseBinary(Powers, ParseUnary);

    private Expression ParseBinary(string[] operators, Func<Expression> parseOperand)
    {
        var left = parseOperand();
        for (var position = tokens.Current.Position; TakeAny(operators) is { } symbol; )
        {
            left = new BinaryExpression(symbol, left, parseOperand(), position);
            position = tokens.Current.Position;
        }
        return left;
    }

    private Expression ParseConcatenation()
    {
        var first = ParseMultiplication();
        if (!tokens.Current.IsOperator("~"))
        {
            return first;
        }
        var position = tokens.Current.Position;
        var parts = new List<Expression> { first };
        while (tokens.TakeOperator("~"))
        {
            parts.Add(ParseMultiplication());
        }
        return new ConcatenationExpression(parts, position);
    }

    private Expression ParseUnary() => ParseSuffixes(ParseSigned());

    private Expression ParseSigned()
    {
        var position = tokens.Current.Position;
        if (TakeAny(Additions) is not { } sign)
        {
            return ParseSubscripts(ParsePrimary());
        }
        tokens.Enter();
        var signed = new UnaryExpression(sign, ParseSigned(), position);
        tokens.Leave();
        return signed;
    }

    private Expression ParsePrimary()
    {
        var token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return ParseName(token);
            case TokenKind.String:
                return ParseStrings(token);
            case TokenKind.Integer:
                return new ConstantExpression(ParseInteger(token), token.Position);
            case TokenKind.Float:
                var digits = token.Value.Replace("_", "", StringComparison.Ordinal);
                return new ConstantExpression(
                    new FloatValue(double.Parse(digits, CultureInfo.InvariantCulture)),
                    token.Position
                );
            default:
                return ParseBracket(token);
        }
    }

    private Expression ParseBracket(Token token)
    {
        tokens.Enter();
        Expression expression;
        switch (token.Value)
        {
            case "(":
                expression = ParseParentheses(token.Position);
                break;
            case "[":
                expression = new ListExpression(ParseListItems(), IsTuple: false, token.Position);
                break;
            case "{" when token.Kind == TokenKind.Operator:
                expression = ParseDict(token.Position);
                break;
            default:
                throw tokens.Source.Error(token.Position, $"found {token.Describe()}, expected an expression");
        }
        tokens.Leave();
        return expression;
    }

    private Expression ParseName(Token token)
    {
        if (Constant(token.Value) is { } constant)
        {
            return new ConstantExpression(constant, token.Position);
        }
        NamesUsed.Add(token.Value);
        return new NameExpression(token.Value, token.Position);
    }

    private static Value? Constant(string name) =>
        name switch
        {
            "true" or "True" => BoolValue.True,
            "false" or "False" => BoolValue.False,
            "none" or "None" => NoneValue.Instance,
            _ => null,
        };

    /// <summary>String literals that stand side by side are one.</summary>
    private ConstantExpression ParseStrings(Token token)
    {
        if (tokens.Current.Kind != TokenKind.String)
        {
            return new ConstantExpression(StringValue.FromTemplate(token.Value), token.Position);
        }
        var parts = new List<string> { token.Value };
        while (tokens.Current.Kind == TokenKind.String)
        {
            parts.Add(tokens.Take().Value);
        }
        return new ConstantExpression(StringValue.FromTemplate(string.Concat(parts)), token.Position);
    }

    private IntValue ParseInteger(Token token)
    {
        var digits = token.Value.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        var value =
            digits.Length > 1 && char.IsAsciiLetter(digits[1])
                ? IntValue.Parse(
                    digits.AsSpan(2),
                    digits[1] switch
                    {
                        'x' => 16,
                        'o' => 8,
                        _ => 2,
                    }
                )
                : IntValue.Parse(digits, 10);
        return value is { } number && IntValue.Fits(number)
            ? new IntValue(number)
            : throw tokens.Source.Error(token.Position, $"'{token.Value}' is no integer, or too large a one");
    }

    private Expression ParseParentheses(int position)
    {
        if (tokens.TakeOperator(")"))
        {
            return new ListExpression([], IsTuple: true, position);
        }
        var inner = ParseTuple();
        tokens.ExpectOperator(")");
        return inner;
    }

    private List<Expression> ParseListItems()
    {
        List<Expression> items = [];
        while (!tokens.TakeOperator("]"))
        {
            items.Add(Parse());
            if (!tokens.Current.IsOperator("]"))
            {
                tokens.ExpectOperator(",");
            }
        }
        return items;
    }

    private DictExpression ParseDict(int position)
    {
        List<(Expression, Expression)> items = [];
        while (!tokens.TakeOperator("}"))
        {
            var key = Parse();
            tokens.ExpectOperator(":");
            items.Add((key, Parse()));
            if (!tokens.Current.IsOperator("}"))
            {
                tokens.ExpectOperator(",");
            }
        }
        return new DictExpression(items, position);
    }

    /// <summary>Attributes, subscripts and calls.</summary>
    private Expression ParseSubscripts(Expression target)
    {
        while (true)
        {
            var position = tokens.Current.Position;
            if (tokens.TakeOperator("."))
            {
                target = ParseAttribute(target, position);
            }
            else if (tokens.TakeOperator("["))
            {
                target = ParseSubscript(target, position);
            }
            else if (tokens.TakeOperator("("))
            {
                target = new CallExpression(target, ParseArguments(), position);
            }
            else
            {
                return target;
            }
        }
    }

    private Expression ParseAttribute(Expression target, int position)
    {
        if (tokens.Current.Kind == TokenKind.Integer)
        {
            var token = tokens.Take();
            return new ItemExpression(target, new ConstantExpression(ParseInteger(token), token.Position), position);
        }
        return new AttributeExpression(target, tokens.Expect(TokenKind.Name, "an attribute's name").Value, position);
    }

    private Expression ParseSubscript(Expression target, int position)
    {
        var start = tokens.Current.IsOperator(":") ? null : ParseTupleInBrackets();
        if (start is not null && !tokens.Current.IsOperator(":"))
        {
            tokens.ExpectOperator("]");
            return new ItemExpression(target, start, position);
        }
        tokens.ExpectOperator(":");
        var stop = tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Parse();
        var step = tokens.TakeOperator(":") && !tokens.Current.IsOperator("]") ? Parse() : null;
        tokens.ExpectOperator("]");
        return new SliceExpression(target, start, stop, step, position);
    }

    private Expression ParseTupleInBrackets()
    {
        var position = tokens.Current.Position;
        var first = Parse();
        if (!tokens.Current.IsOperator(","))
        {
            return first;
        }
        var items = new List<Expression> { first };
        while (tokens.TakeOperator(",") && !tokens.Current.IsOperator("]"))
        {
            items.Add(Parse());
        }
        return new ListExpression(items, IsTuple: true, position);
    }

    /// <summary>Filters and tests, and calls of what they gave.</summary>
    private Expression ParseSuffixes(Expression target)
    {
        while (true)
        {
            if (tokens.TakeOperator("|"))
            {
                target = new FilterExpression(target, ParseFilterReference());
            }
            else if (tokens.Current.IsName("is"))
            {
                target = ParseTest(target);
            }
            else if (tokens.Current.IsOperator("("))
            {
                var position = tokens.Take().Position;
                target = new CallExpression(target, ParseArguments(), position);
            }
            else
            {
                return target;
            }
        }
    }

    private Expression ParseTest(Expression input)
    {
        var position = tokens.Take().Position;
        var isNegated = tokens.TakeName("not");
        var name = tokens.Expect(TokenKind.Name, "the name of a test").Value;
        Expression test = new TestExpression(input, name, ParseTestArguments(), position);
        return isNegated ? new UnaryExpression("not", test, position) : test;
    }

    /// <summary>A test takes arguments in parentheses, or a single one without: <c>x is divisibleby 3</c>.</summary>
    private ArgumentExpressions ParseTestArguments()
    {
        if (tokens.TakeOperator("("))
        {
            return ParseArguments();
        }
        if (tokens.Current.IsName("is"))
        {
            throw tokens.Unexpected("no second test: join them with 'and'");
        }
        var startsArgument = tokens.Current.Kind switch
        {
            TokenKind.Name => tokens.Current.Value is not ("else" or "or" or "and" or "if" or "in" or "not"),
            TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
            TokenKind.Operator => tokens.Current.Value is "[" or "{",
            _ => false,
        };
        return startsArgument
            ? new ArgumentExpressions([ParseSubscripts(ParsePrimary())], [], null, null)
            : ArgumentExpressions.None;
    }
}
