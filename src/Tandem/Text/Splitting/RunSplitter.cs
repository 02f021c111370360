namespace Tandem.Text.Splitting;

/// <summary>
/// Takes out runs of one class of characters: <c>X{least,most}</c>, or <c>\s?X{least,most}</c>.
/// </summary>
/// <param name="member">Whether a character is in the class; false for the one of no length that ends the text.</param>
/// <param name="least">The fewest characters that make a part.</param>
/// <param name="most">The most in one part.</param>
/// <param name="afterSpace">Whether one white space before the run belongs to it.</param>
internal sealed class RunSplitter(
    Func<Character, bool> member,
    int least = 1,
    int most = int.MaxValue,
    bool afterSpace = false
) : PatternSplitter
{
    /// <inheritdoc/>
    protected override int Match(ReadOnlySpan<byte> text, int start)
    {
        var first = Character.At(text, start);
        if (afterSpace && first.Is(CharacterKind.Space))
        {
            var end = Run(text, start + first.Length);
            if (end > start + first.Length)
            {
                return end;
            }
        }
        return Run(text, start);
    }

    private int Run(ReadOnlySpan<byte> text, int start)
    {
        var count = 0;
        var at = start;
        for (var c = Character.At(text, at); count < most && member(c); c = Character.At(text, at))
        {
            at += c.Length;
            count++;
        }
        return count >= least ? at : start;
    }
}
