using System.Globalization;
using System.Text;

namespace Tandem.Text.Templates;

/// <summary>Decodes the escapes of a string literal as Python does: an unknown escape keeps its backslash.</summary>
internal static class StringLiteral
{
    /// <summary>The meaning of the literal whose inside is <paramref name="begin"/> to <paramref name="end"/>.</summary>
    /// <exception cref="InputException">An escape with a code has too few digits or names no character.</exception>
    public static string Decode(TemplateSource source, int begin, int end)
    {
        var text = source.Text;
        if (!text.AsSpan(begin, end - begin).Contains('\\'))
        {
            return text[begin..end];
        }
        var decoded = new StringBuilder(end - begin);
        for (var at = begin; at < end; )
        {
            if (text[at] != '\\')
            {
                decoded.Append(text[at++]);
                continue;
            }
            var escape = text[at + 1];
            if (escape is 'x' or 'u' or 'U')
            {
                at = AppendCode(source, decoded, at, end);
            }
            else if (escape is >= '0' and <= '7')
            {
                at = AppendOctal(text, decoded, at + 1, end);
            }
            else
            {
                decoded.Append(Simple(escape));
                at += 2;
            }
        }
        return decoded.ToString();
    }

    private static string Simple(char escape) =>
        escape switch
        {
            '\n' => "",
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'a' => "\a",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '\\' or '\'' or '"' => escape.ToString(),
            _ => $"\\{escape}",
        };

    private static int AppendCode(TemplateSource source, StringBuilder decoded, int at, int end)
    {
        var digits = source.Text[at + 1] switch
        {
            'x' => 2,
            'u' => 4,
            _ => 8,
        };
        var begin = at + 2;
        if (
            begin + digits > end
            || !uint.TryParse(
                source.Text.AsSpan(begin, digits),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var code
            )
            || code > 0x10FFFF
        )
        {
            throw source.Error(
                at,
                $"expected {digits} hexadecimal digits of a character after '\\{source.Text[at + 1]}'"
            );
        }
        if (code < 0x10000)
        {
            decoded.Append((char)code);
        }
        else
        {
            decoded.Append(char.ConvertFromUtf32((int)code));
        }
        return begin + digits;
    }

    private static int AppendOctal(string text, StringBuilder decoded, int at, int end)
    {
        var code = 0;
        var stop = Math.Min(end, at + 3);
        while (at < stop && text[at] is >= '0' and <= '7')
        {
            code = (code * 8) + (text[at++] - '0');
        }
        decoded.Append((char)code);
        return at;
    }
}
