namespace Tandem.Text.Splitting;

/// <summary>
/// GPT-2's rule: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Gpt2Splitter : Splitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<byte> text, int start)
    {
        var contraction = Contraction.Length(text, start, ignoreCase: false);
        if (contraction > 0)
        {
            return start + contraction;
        }
        var at = text[start] == ' ' ? start + 1 : start;
        var first = Character.At(text, at);
        ReadOnlySpan<CharacterKind> runs = [CharacterKind.Letter, CharacterKind.Number, CharacterKind.Mark];
        foreach (var kinds in runs)
        {
            if (first.Is(kinds))
            {
                return SkipRun(text, at + first.Length, kinds);
            }
        }
        return WhiteSpace.End(text, start);
    }
}
