namespace Tandem.Text.Splitting;

/// <summary>
/// Cuts text into parts within which byte pairs may join. A rule is what a model's own tokenizer has as a regular
/// expression, written by hand: it is exact beyond the sixteen-bit characters of .NET's, and its time is linear.
/// </summary>
internal abstract class Splitter
{
    /// <summary>Where the part that begins at <paramref name="start"/> ends; greater than it.</summary>
    /// <param name="text">The whole text that this rule cuts; its ends count as ends for the rule.</param>
    /// <param name="start">A byte of it, where a part begins.</param>
    public abstract int End(ReadOnlySpan<byte> text, int start);

    /// <summary>The end of the characters of these kinds from <paramref name="at"/> on.</summary>
    protected static int SkipRun(ReadOnlySpan<byte> text, int at, CharacterKind kinds)
    {
        for (var c = Character.At(text, at); c.Is(kinds); c = Character.At(text, at))
        {
            at += c.Length;
        }
        return at;
    }
}
