namespace Tandem.Text.Templates;

/// <summary>The tokens of a template, read with one token of foresight, and the bound on how deep a parser may go.</summary>
internal sealed class TokenReader
{
    /// <summary>The most levels that expressions and blocks may be nested.</summary>
    public const int DepthMax = 200;

    private readonly Lexer _lexer;
    private Token? _ahead;
    private int _depth;

    /// <summary>Starts before the first token.</summary>
    public TokenReader(TemplateSource source)
    {
        Source = source;
        _lexer = new Lexer(source);
        Current = _lexer.Next();
    }

    /// <summary>The template.</summary>
    public TemplateSource Source { get; }

    /// <summary>The token to look at.</summary>
    public Token Current { get; private set; }

    /// <summary>The token after the current one.</summary>
    public Token Ahead() => _ahead ??= _lexer.Next();

    /// <summary>Moves on and gives the token passed.</summary>
    public Token Take()
    {
        var token = Current;
        Current = Ahead();
        _ahead = null;
        return token;
    }

    /// <summary>Moves on if the current token is that operator.</summary>
    public bool TakeOperator(string text) => TakeIf(Current.IsOperator(text));

    /// <summary>Moves on if the current token is that name.</summary>
    public bool TakeName(string text) => TakeIf(Current.IsName(text));

    /// <summary>Moves past that operator.</summary>
    /// <exception cref="InputException">Another token stands there.</exception>
    public void ExpectOperator(string text)
    {
        if (!TakeOperator(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    /// <summary>Moves past a token of that kind and gives it.</summary>
    /// <exception cref="InputException">Another token stands there.</exception>
    public Token Expect(TokenKind kind, string expected) => Current.Kind == kind ? Take() : throw Unexpected(expected);

    /// <summary>The error that the current token is not what must stand here.</summary>
    public InputException Unexpected(string expected) =>
        Source.Error(Current.Position, $"found {Current.Describe()}, expected {expected}");

    /// <summary>Goes one level deeper; every call is paired with <see cref="Leave"/>.</summary>
    /// <exception cref="InputException">The template is nested too deep.</exception>
    public void Enter()
    {
        if (++_depth > DepthMax)
        {
            throw Source.Error(Current.Position, $"nested more than {DepthMax} levels deep");
        }
    }

    /// <summary>Comes one level back.</summary>
    public void Leave() => _depth--;

    private bool TakeIf(bool condition)
    {
        if (condition)
        {
            Take();
        }
        return condition;
    }
}
