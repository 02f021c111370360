namespace Tandem.Text.Splitting;

/// <summary>How rules cut white space.</summary>
internal static class WhiteSpace
{
    /// <summary>
    /// The end of <c>\s+(?!\S)|\s+</c> where a run of white space begins: the run, less its last character where text
    /// follows, because that one belongs to what follows; but never nothing.
    /// </summary>
    public static int End(ReadOnlySpan<byte> text, int start)
    {
        var last = start;
        var at = start;
        for (var c = Character.At(text, at); c.Is(CharacterKind.Space); c = Character.At(text, at))
        {
            last = at;
            at += c.Length;
        }
        return at < text.Length && last > start ? last : at;
    }

    /// <summary>The end of <c>\s*[\r\n]+</c>: past the run's last line end, or <paramref name="start"/> where it has none.</summary>
    public static int LastLineEnd(ReadOnlySpan<byte> text, int start)
    {
        var end = start;
        var at = start;
        for (var c = Character.At(text, at); c.Is(CharacterKind.Space); c = Character.At(text, at))
        {
            at += c.Length;
            end = c.IsLineEnd ? at : end;
        }
        return end;
    }
}
