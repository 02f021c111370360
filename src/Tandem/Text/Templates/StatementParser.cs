namespace Tandem.Text.Templates;

/// <summary>Parses a whole template into statements.</summary>
internal sealed class StatementParser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private StatementParser(TemplateSource source)
    {
        _tokens = new TokenReader(source);
        _expressions = new ExpressionParser(_tokens);
    }

    /// <summary>The statements of a template.</summary>
    /// <exception cref="InputException">The template is not well formed; the message has line and column.</exception>
    public static IReadOnlyList<Statement> Parse(TemplateSource source) => new StatementParser(source).ParseAll();

    private List<Statement> ParseAll()
    {
        var statements = ParseBody();
        return _tokens.Current.Kind == TokenKind.End
            ? statements
            : throw _tokens.Unexpected("a statement: no block is open that this could end");
    }

    /// <summary>Statements up to the end or to a tag that belongs to an open block; of that tag <c>{%</c> is passed.</summary>
    private List<Statement> ParseBody()
    {
        _tokens.Enter();
        List<Statement> statements = [];
        while (_tokens.Current.Kind != TokenKind.End)
        {
            var token = _tokens.Take();
            if (token.Kind == TokenKind.Text)
            {
                statements.Add(new TextStatement(StringValue.FromTemplate(token.Value), token.Position));
            }
            else if (token.Kind == TokenKind.OutputBegin)
            {
                statements.Add(new OutputStatement(_expressions.ParseTuple()));
                _tokens.Expect(TokenKind.OutputEnd, "'}}'");
            }
            else if (ParseStatement() is { } statement)
            {
                statements.Add(statement);
            }
            else
            {
                break;
            }
        }
        _tokens.Leave();
        return statements;
    }

    /// <summary>One statement, or null at a word that ends or continues a block.</summary>
    private Statement? ParseStatement()
    {
        var token = _tokens.Current;
        if (token.Kind != TokenKind.Name)
        {
            throw _tokens.Unexpected("a statement");
        }
        if (token.Value is "else" or "elif" || token.Value.StartsWith("end", StringComparison.Ordinal))
        {
            return null;
        }
        _tokens.Take();
        return token.Value switch
        {
            "if" => ParseIf(token.Position),
            "for" => ParseFor(token.Position),
            "set" => ParseSet(token.Position),
            "macro" => ParseMacro(token.Position),
            "call" => ParseCallBlock(token.Position),
            "filter" => ParseFilterBlock(token.Position),
            "with" => ParseWith(token.Position),
            "generation" => ParseGeneration(token.Position),
            "break" or "continue" => ParseJump(token),
            _ => throw _tokens.Source.Error(
                token.Position,
                $"unknown statement '{token.Value}', expected one of if, for, set, macro, call, filter, with, "
                    + "generation, raw, break, continue"
            ),
        };
    }

    private IfStatement ParseIf(int position)
    {
        List<(Expression?, IReadOnlyList<Statement>)> branches = [];
        do
        {
            var condition = _expressions.ParseTupleWithoutCondition();
            EndTag();
            branches.Add((condition, ParseBody()));
        } while (_tokens.TakeName("elif"));
        if (_tokens.TakeName("else"))
        {
            EndTag();
            branches.Add((null, ParseBody()));
        }
        EndBlock("endif", "'elif', 'else' or 'endif'");
        return new IfStatement(branches, position);
    }

    private ForStatement ParseFor(int position)
    {
        var target = _expressions.ParseTarget();
        if (!_tokens.TakeName("in"))
        {
            throw _tokens.Unexpected("'in'");
        }
        var items = _expressions.ParseTupleWithoutCondition();
        var condition = _tokens.TakeName("if") ? _expressions.Parse() : null;
        var isRecursive = _tokens.TakeName("recursive");
        EndTag();
        _loops++;
        var body = ParseBody();
        _loops--;
        IReadOnlyList<Statement> otherwise = [];
        if (_tokens.TakeName("else"))
        {
            EndTag();
            otherwise = ParseBody();
        }
        EndBlock("endfor", "'else' or 'endfor'");
        return new ForStatement(target, items, condition, isRecursive, body, otherwise, position);
    }

    private Statement ParseJump(Token token)
    {
        if (_loops == 0)
        {
            throw _tokens.Source.Error(token.Position, $"'{token.Value}' stands outside of a loop");
        }
        EndTag();
        return token.Value == "break" ? new BreakStatement(token.Position) : new ContinueStatement(token.Position);
    }

    private Statement ParseSet(int position)
    {
        var target = _expressions.ParseTarget();
        if (_tokens.TakeOperator("="))
        {
            var value = _expressions.ParseTuple();
            EndTag();
            return new SetStatement(target, value, position);
        }
        List<FilterReference> filters = [];
        while (_tokens.TakeOperator("|"))
        {
            filters.Add(_expressions.ParseFilterReference());
        }
        EndTag();
        var body = ParseOutsideLoops();
        EndBlock("endset", "'endset'");
        return new SetBlockStatement(target, filters, body, position);
    }

    private MacroStatement ParseMacro(int position)
    {
        var name = _tokens.Expect(TokenKind.Name, "the macro's name").Value;
        _tokens.ExpectOperator("(");
        var macro = ParseMacroRest(name, ParseParameters, "endmacro");
        return new MacroStatement(macro, position);
    }

    private CallBlockStatement ParseCallBlock(int position)
    {
        var parameters = _tokens.TakeOperator("(") ? ParseParameters() : [];
        if (_expressions.Parse() is not CallExpression call)
        {
            throw _tokens.Source.Error(position, "expected a call of a macro after 'call'");
        }
        return new CallBlockStatement(call, ParseMacroRest("caller", () => parameters, "endcall"), position);
    }

    private MacroDefinition ParseMacroRest(string name, Func<List<(string, Expression?)>> parseParameters, string end)
    {
        var outer = _expressions.NamesUsed;
        _expressions.NamesUsed = [];
        var parameters = parseParameters();
        EndTag();
        var body = ParseOutsideLoops();
        EndBlock(end, $"'{end}'");
        var uses = _expressions.NamesUsed;
        _expressions.NamesUsed = outer;
        return new MacroDefinition(name, parameters, body, uses);
    }

    /// <summary>Parameters after an opening parenthesis that has been passed, up to the closing one.</summary>
    private List<(string, Expression?)> ParseParameters()
    {
        List<(string, Expression?)> parameters = [];
        while (!_tokens.TakeOperator(")"))
        {
            var name = _tokens.Expect(TokenKind.Name, "a parameter's name").Value;
            var fallback = _tokens.TakeOperator("=") ? _expressions.Parse() : null;
            if (fallback is null && parameters.Count > 0 && parameters[^1].Item2 is not null)
            {
                throw _tokens.Unexpected($"a default for parameter '{name}', since the one before it has one");
            }
            parameters.Add((name, fallback));
            if (!_tokens.Current.IsOperator(")"))
            {
                _tokens.ExpectOperator(",");
            }
        }
        return parameters;
    }

    private FilterBlockStatement ParseFilterBlock(int position)
    {
        List<FilterReference> filters = [];
        do
        {
            filters.Add(_expressions.ParseFilterReference());
        } while (_tokens.TakeOperator("|"));
        EndTag();
        var body = ParseOutsideLoops();
        EndBlock("endfilter", "'endfilter'");
        return new FilterBlockStatement(filters, body, position);
    }

    private WithStatement ParseWith(int position)
    {
        List<(Expression, Expression)> variables = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
            {
                _tokens.ExpectOperator(",");
            }
            var target = _expressions.ParseTarget();
            _tokens.ExpectOperator("=");
            variables.Add((target, _expressions.Parse()));
        }
        EndTag();
        var body = ParseBody();
        EndBlock("endwith", "'endwith'");
        return new WithStatement(variables, body, position);
    }

    /// <summary>The mark around an assistant's answer that training reads; here it only opens a scope.</summary>
    private WithStatement ParseGeneration(int position)
    {
        EndTag();
        var body = ParseBody();
        EndBlock("endgeneration", "'endgeneration'");
        return new WithStatement([], body, position);
    }

    /// <summary>A body that is rendered apart, where <c>break</c> would have no loop to leave.</summary>
    private List<Statement> ParseOutsideLoops()
    {
        var loops = _loops;
        _loops = 0;
        var body = ParseBody();
        _loops = loops;
        return body;
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "'%}'");

    private void EndBlock(string word, string expected)
    {
        if (!_tokens.TakeName(word))
        {
            throw _tokens.Unexpected(expected);
        }
        EndTag();
    }
}
