namespace Tandem.Text.Templates;

/// <summary>Cuts what stands inside a tag into tokens.</summary>
internal sealed class TagLexer(TemplateSource source)
{
    private const int NameCharsMax = 256;
    private static readonly string[] LongOperators = ["//", "**", "==", "!=", ">=", "<="];
    private readonly string _text = source.Text;
    private readonly Stack<char> _open = [];

    /// <summary>The next token from <paramref name="at"/> on, which moves past it.</summary>
    /// <param name="at">The position.</param>
    /// <param name="closing">The kind that ends this tag.</param>
    /// <exception cref="InputException">The tag or a string in it is not closed, or a character has no meaning.</exception>
    public Token Next(ref int at, TokenKind closing)
    {
        at = Characters.SkipSpace(_text, at);
        if (at == _text.Length)
        {
            throw source.Error(at, $"the tag is not closed, expected {new Token(closing, "", at).Describe()}");
        }
        var begin = at;
        if (_open.Count == 0 && CloseLength(at, closing) is var length and > 0)
        {
            at = SkipAfterClose(_text, at + length, _text[at], trimsLine: closing == TokenKind.BlockEnd);
            return new Token(closing, "", begin);
        }
        var c = _text[at];
        if (char.IsAsciiDigit(c))
        {
            return ReadNumber(ref at);
        }
        if (Characters.IsName(c))
        {
            while (at < _text.Length && Characters.IsName(_text[at]))
            {
                at++;
            }
            return at - begin <= NameCharsMax
                ? new Token(TokenKind.Name, _text[begin..at], begin)
                : throw source.Error(begin, $"a name has {at - begin} characters, expected at most {NameCharsMax}");
        }
        return c is '\'' or '"' ? ReadString(ref at) : ReadOperator(ref at);
    }

    /// <summary>The position after a closing mark and the blanks that it takes.</summary>
    /// <param name="text">The template.</param>
    /// <param name="at">The position right after the mark.</param>
    /// <param name="sign"><c>-</c> takes all blanks, <c>+</c> none; anything else means no sign.</param>
    /// <param name="trimsLine">Whether the mark takes one line end where it has no sign.</param>
    public static int SkipAfterClose(string text, int at, char sign, bool trimsLine)
    {
        if (sign == '-')
        {
            return Characters.SkipSpace(text, at);
        }
        return trimsLine && sign != '+' && at < text.Length && text[at] == '\n' ? at + 1 : at;
    }

    private int CloseLength(int at, TokenKind closing)
    {
        var signed = _text[at] == '-' || (_text[at] == '+' && closing == TokenKind.BlockEnd);
        var mark = closing == TokenKind.BlockEnd ? "%}" : "}}";
        var begin = signed ? at + 1 : at;
        return string.CompareOrdinal(_text, begin, mark, 0, 2) == 0 ? begin + 2 - at : 0;
    }

    private Token ReadNumber(ref int at)
    {
        var begin = at;
        if (_text[at] == '0' && at + 1 < _text.Length && char.ToLowerInvariant(_text[at + 1]) is 'x' or 'o' or 'b')
        {
            at += 2;
            SkipDigits(ref at, hexadecimal: true);
            return new Token(TokenKind.Integer, _text[begin..at], begin);
        }
        SkipDigits(ref at);
        // After a dot only an integer can follow: in a.0.1 the digits are two subscripts.
        var isFloat = (begin == 0 || _text[begin - 1] != '.') && (SkipFraction(ref at) | SkipExponent(ref at));
        return new Token(isFloat ? TokenKind.Float : TokenKind.Integer, _text[begin..at], begin);
    }

    private bool SkipFraction(ref int at)
    {
        if (at + 1 >= _text.Length || _text[at] != '.' || !char.IsAsciiDigit(_text[at + 1]))
        {
            return false;
        }
        at++;
        SkipDigits(ref at);
        return true;
    }

    private bool SkipExponent(ref int at)
    {
        if (at >= _text.Length || _text[at] is not ('e' or 'E'))
        {
            return false;
        }
        var digits = at + 1 < _text.Length && _text[at + 1] is '+' or '-' ? at + 2 : at + 1;
        if (digits >= _text.Length || !char.IsAsciiDigit(_text[digits]))
        {
            return false;
        }
        at = digits;
        SkipDigits(ref at);
        return true;
    }

    private void SkipDigits(ref int at, bool hexadecimal = false)
    {
        while (
            at < _text.Length
            && (hexadecimal ? char.IsAsciiHexDigit(_text[at]) : char.IsAsciiDigit(_text[at]))
                | (_text[at] == '_' && at + 1 < _text.Length && char.IsAsciiHexDigit(_text[at + 1]))
        )
        {
            at++;
        }
    }

    private Token ReadString(ref int at)
    {
        var begin = at;
        var quote = _text[at];
        for (at++; at < _text.Length && _text[at] != quote; at++)
        {
            at += _text[at] == '\\' ? 1 : 0;
        }
        if (at >= _text.Length)
        {
            throw source.Error(begin, $"the string is not closed, expected {quote}");
        }
        var value = StringLiteral.Decode(source, begin + 1, at);
        at++;
        return new Token(TokenKind.String, value, begin);
    }

    private Token ReadOperator(ref int at)
    {
        var begin = at;
        foreach (var candidate in LongOperators)
        {
            if (string.CompareOrdinal(_text, at, candidate, 0, 2) == 0)
            {
                at += 2;
                return new Token(TokenKind.Operator, candidate, begin);
            }
        }
        var c = _text[at];
        if (!"+-/*%~[](){}><=.:|,;".Contains(c, StringComparison.Ordinal))
        {
            throw source.Error(at, $"unexpected character '{c}'");
        }
        TrackBracket(c, begin);
        at++;
        return new Token(TokenKind.Operator, c.ToString(), begin);
    }

    /// <summary>Notes open brackets: while one is open, <c>}}</c> and <c>%}</c> end no tag.</summary>
    private void TrackBracket(char c, int at)
    {
        if (c is '(' or '[' or '{')
        {
            _open.Push(c);
        }
        else if (c is ')' or ']' or '}')
        {
            var expected = _open.TryPop(out var open)
                ? open switch
                {
                    '(' => ')',
                    '[' => ']',
                    _ => '}',
                }
                : '\0';
            if (c != expected)
            {
                throw source.Error(
                    at,
                    expected == '\0' ? $"unexpected '{c}'" : $"unexpected '{c}', expected '{expected}'"
                );
            }
        }
    }
}
