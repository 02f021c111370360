using System.Text;

namespace Tandem.Text.Splitting;

/// <summary>Takes out the white space that ends the text: <c>\s+$</c>.</summary>
internal sealed class TrailingSpaceSplitter : Splitter
{
    /// <inheritdoc/>
    public override int End(ReadOnlySpan<byte> text, int start)
    {
        var space = text.Length;
        while (space > start)
        {
            Rune.DecodeLastFromUtf8(text[..space], out var rune, out var length);
            if (!Rune.IsWhiteSpace(rune))
            {
                break;
            }
            space -= length;
        }
        return space > start ? space : text.Length;
    }
}
