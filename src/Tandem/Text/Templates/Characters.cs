namespace Tandem.Text.Templates;

/// <summary>Classes of characters as Python's <c>str</c> has them, which differ from .NET's in a few places.</summary>
internal static class Characters
{
    /// <summary>Whether Python's <c>str.isspace</c> and <c>strip</c> take it for a blank.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>Whether <c>str.splitlines</c> ends a line there.</summary>
    public static bool IsLineEnd(char c) =>
        c is >= '\n' and <= '\r' or >= '\x1c' and <= '\x1e' or '\x85' or '\u2028' or '\u2029';

    /// <summary>Whether it can be part of a name in a template.</summary>
    public static bool IsName(char c) => char.IsLetterOrDigit(c) || c == '_';

    /// <summary>The first position from <paramref name="at"/> on that holds no blank.</summary>
    public static int SkipSpace(string text, int at)
    {
        while (at < text.Length && IsSpace(text[at]))
        {
            at++;
        }
        return at;
    }
}
