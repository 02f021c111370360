namespace Tandem.Text.Splitting;

/// <summary>
/// A rule that need not cover the text: each match is a part, and so is each stretch between two matches. A match
/// must be refused in constant time, or long stretches would cost quadratic time.
/// </summary>
internal abstract class PatternSplitter : Splitter
{
    /// <inheritdoc/>
    public sealed override int End(ReadOnlySpan<byte> text, int start)
    {
        var end = Match(text, start);
        if (end > start)
        {
            return end;
        }
        for (end = start + Character.At(text, start).Length; end < text.Length; end += Character.At(text, end).Length)
        {
            if (Match(text, end) > end)
            {
                break;
            }
        }
        return end;
    }

    /// <summary>The end of the match that begins at <paramref name="start"/>, or <paramref name="start"/> where none does.</summary>
    protected abstract int Match(ReadOnlySpan<byte> text, int start);
}
