namespace Tandem.Text.Splitting;

/// <summary>
/// The rule of tiktoken's cl100k vocabulary, which Llama 3 and Qwen 2 took over:
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <param name="digits">The most digits in a part.</param>
internal sealed class TiktokenSplitter(int digits) : Splitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<byte> text, int start)
    {
        var contraction = Contraction.Length(text, start, ignoreCase: true);
        if (contraction > 0)
        {
            return start + contraction;
        }
        var first = Character.At(text, start);
        var second = Character.At(text, start + first.Length);
        if (first.Is(CharacterKind.Letter))
        {
            return SkipRun(text, start + first.Length, CharacterKind.Letter);
        }
        if (first.Is(CharacterKind.Number))
        {
            return SkipNumbers(text, start);
        }
        if (second.Is(CharacterKind.Letter) && !first.IsLineEnd)
        {
            return SkipRun(text, start + first.Length, CharacterKind.Letter);
        }
        if (first.Is(CharacterKind.Mark) || (first.Value == ' ' && second.Is(CharacterKind.Mark)))
        {
            return SkipLineEnds(text, SkipRun(text, start + first.Length, CharacterKind.Mark));
        }
        var lineEnd = WhiteSpace.LastLineEnd(text, start);
        return lineEnd > start ? lineEnd : WhiteSpace.End(text, start);
    }

    private int SkipNumbers(ReadOnlySpan<byte> text, int at)
    {
        for (var count = 0; count < digits; count++)
        {
            var c = Character.At(text, at);
            if (!c.Is(CharacterKind.Number))
            {
                break;
            }
            at += c.Length;
        }
        return at;
    }

    private static int SkipLineEnds(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n')
        {
            at++;
        }
        return at;
    }
}
