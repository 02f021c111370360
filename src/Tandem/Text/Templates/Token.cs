namespace Tandem.Text.Templates;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>Text outside of all tags; it goes to the output as it is.</summary>
    Text,

    /// <summary><c>{{</c>.</summary>
    OutputBegin,

    /// <summary><c>}}</c>.</summary>
    OutputEnd,

    /// <summary><c>{%</c>.</summary>
    BlockBegin,

    /// <summary><c>%}</c>.</summary>
    BlockEnd,

    /// <summary>An identifier or a keyword.</summary>
    Name,

    /// <summary>A string literal; the value is the decoded string.</summary>
    String,

    /// <summary>An integer literal as written.</summary>
    Integer,

    /// <summary>A float literal as written.</summary>
    Float,

    /// <summary>An operator or punctuation mark.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    End,
}

/// <summary>One token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Its text; for a string literal what the literal means.</param>
/// <param name="Position">Where it begins in <see cref="TemplateSource.Text"/>.</param>
internal readonly record struct Token(TokenKind Kind, string Value, int Position)
{
    /// <summary>Whether this is that operator.</summary>
    public bool IsOperator(string text) => Kind == TokenKind.Operator && Value == text;

    /// <summary>Whether this is that name.</summary>
    public bool IsName(string text) => Kind == TokenKind.Name && Value == text;

    /// <summary>What an error message calls it.</summary>
    public string Describe() =>
        Kind switch
        {
            TokenKind.End => "the end of the template",
            TokenKind.BlockEnd => "'%}'",
            TokenKind.OutputEnd => "'}}'",
            TokenKind.String => "a string",
            _ => $"'{Value}'",
        };
}
