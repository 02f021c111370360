namespace Tandem.Text.Splitting;

/// <summary>The English endings that are a part of their own: <c>'s|'t|'re|'ve|'m|'ll|'d</c>.</summary>
internal static class Contraction
{
    /// <summary>The length in bytes of the one that begins at a byte, or 0.</summary>
    public static int Length(ReadOnlySpan<byte> text, int start, bool ignoreCase)
    {
        if (text[start] != '\'')
        {
            return 0;
        }
        var first = Letter(text, start + 1, ignoreCase, out var length);
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 1 + length;
        }
        var second = Letter(text, start + 1 + length, ignoreCase, out var secondLength);
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 1 + length + secondLength : 0;
    }

    /// <summary>The letter at a byte. Without case, Unicode folds S, s and the long s (U+017F) into one.</summary>
    private static int Letter(ReadOnlySpan<byte> text, int at, bool ignoreCase, out int length)
    {
        var c = Character.At(text, at);
        length = c.Length;
        return (c.Value, ignoreCase) switch
        {
            (>= 'A' and <= 'Z', true) => c.Value | 0x20,
            ('\u017f', true) => 's',
            _ => c.Value,
        };
    }
}
