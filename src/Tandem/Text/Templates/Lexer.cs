namespace Tandem.Text.Templates;

/// <summary>
/// Cuts a template into tokens, one at a time. Blanks around tags follow Jinja with <c>trim_blocks</c> and
/// <c>lstrip_blocks</c> on, as every chat template expects: a block takes the line end after it and the indentation
/// before it, <c>-</c> takes all blanks on its side and <c>+</c> keeps them.
/// </summary>
internal sealed class Lexer(TemplateSource source)
{
    private readonly string _text = source.Text;
    private readonly TagLexer _tag = new(source);
    private int _at;
    private bool _atLineStart = true;
    private TokenKind _closing = TokenKind.End;

    /// <summary>The next token; after the last one <see cref="TokenKind.End"/> again and again.</summary>
    /// <exception cref="InputException">A tag, comment or string is not closed, or a character has no meaning.</exception>
    public Token Next()
    {
        if (_closing == TokenKind.End)
        {
            return NextOutside();
        }
        var token = _tag.Next(ref _at, _closing);
        if (token.Kind == _closing)
        {
            _closing = TokenKind.End;
            NoteLineStart();
        }
        return token;
    }

    private Token NextOutside()
    {
        while (_at < _text.Length)
        {
            var begin = _at;
            var open = FindOpening(begin);
            var end = TrimmedEnd(begin, open);
            _at = open;
            if (end > begin)
            {
                NoteLineStart();
                return new Token(TokenKind.Text, _text[begin..end], begin);
            }
            if (open == _text.Length)
            {
                break;
            }
            if (_text[open + 1] == '#')
            {
                SkipComment(open);
            }
            else if (_text[open + 1] == '%' && RawContent(open) is { } content)
            {
                return ReadRaw(open, content);
            }
            else
            {
                return OpenTag(open);
            }
        }
        return new Token(TokenKind.End, "", _text.Length);
    }

    private int FindOpening(int from)
    {
        for (var at = from; ; at++)
        {
            at = _text.IndexOf('{', at);
            if (at < 0 || at + 1 == _text.Length)
            {
                return _text.Length;
            }
            if (_text[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }
    }

    /// <summary>Where the text before a tag ends once the blanks that the tag takes are gone.</summary>
    private int TrimmedEnd(int begin, int open)
    {
        if (open == _text.Length)
        {
            return open;
        }
        var sign = Sign(open);
        var end = open;
        while (end > begin && Characters.IsSpace(_text[end - 1]) && (sign == '-' || _text[end - 1] != '\n'))
        {
            end--;
        }
        if (sign == '-')
        {
            return end;
        }
        var indentsOnly = end > begin ? _text[end - 1] == '\n' : _atLineStart;
        return indentsOnly && sign != '+' && _text[open + 1] != '{' ? end : open;
    }

    /// <summary>The <c>-</c> or <c>+</c> after an opening mark, or '\0'.</summary>
    private char Sign(int open) => open + 2 < _text.Length && _text[open + 2] is '-' or '+' ? _text[open + 2] : '\0';

    private int AfterOpening(int open) => open + (Sign(open) == '\0' ? 2 : 3);

    private Token OpenTag(int open)
    {
        var isBlock = _text[open + 1] == '%';
        _closing = isBlock ? TokenKind.BlockEnd : TokenKind.OutputEnd;
        _at = AfterOpening(open);
        return new Token(isBlock ? TokenKind.BlockBegin : TokenKind.OutputBegin, _text[open..(open + 2)], open);
    }

    private void SkipComment(int open)
    {
        var begin = AfterOpening(open);
        var close = _text.IndexOf("#}", begin, StringComparison.Ordinal);
        if (close < 0)
        {
            throw source.Error(open, "the comment is not closed, expected '#}'");
        }
        var sign = close > begin ? _text[close - 1] : '\0';
        _at = TagLexer.SkipAfterClose(_text, close + 2, sign, trimsLine: true);
        NoteLineStart();
    }

    /// <summary>Where the content of a <c>raw</c> block begins, or null if the tag is another.</summary>
    private int? RawContent(int open)
    {
        var at = SkipWord(AfterOpening(open), "raw");
        if (at < 0)
        {
            return null;
        }
        var sign = at < _text.Length ? _text[at] : '\0';
        var close = sign == '-' ? at + 1 : at;
        return string.CompareOrdinal(_text, close, "%}", 0, 2) == 0
            ? TagLexer.SkipAfterClose(_text, close + 2, sign, trimsLine: false)
            : null;
    }

    private Token ReadRaw(int open, int content)
    {
        _at = content;
        NoteLineStart();
        for (var at = content; ; at++)
        {
            at = _text.IndexOf("{%", at, StringComparison.Ordinal);
            if (at < 0)
            {
                throw source.Error(open, "the raw block is not closed, expected '{% endraw %}'");
            }
            var close = SkipWord(AfterOpening(at), "endraw");
            var sign = close >= 0 && close < _text.Length ? _text[close] : '\0';
            close += sign is '-' or '+' ? 1 : 0;
            if (close >= 0 && string.CompareOrdinal(_text, close, "%}", 0, 2) == 0)
            {
                var end = TrimmedEnd(content, at);
                _at = TagLexer.SkipAfterClose(_text, close + 2, sign, trimsLine: true);
                NoteLineStart();
                return new Token(TokenKind.Text, _text[content..end], content);
            }
        }
    }

    /// <summary>The position after blanks, a word and blanks, or −1.</summary>
    private int SkipWord(int at, string word)
    {
        at = Characters.SkipSpace(_text, at);
        return string.CompareOrdinal(_text, at, word, 0, word.Length) == 0
            ? Characters.SkipSpace(_text, at + word.Length)
            : -1;
    }

    private void NoteLineStart() => _atLineStart = _at == 0 || _text[_at - 1] == '\n';
}
