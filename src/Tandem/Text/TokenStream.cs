using System.Text;

namespace Tandem.Text;

/// <summary>
/// Text from ids as they come, one at a time. What it gives is whole characters: the bytes of an unfinished one wait
/// for the ids that finish it. All that it gives, put together, is what <see cref="Tokenizer.Decode"/> gives.
/// </summary>
/// <param name="tokenizer">The vocabulary.</param>
/// <param name="previous">
/// The id before the first one, such as the prompt's last, which decides whether the first one's leading space is the
/// text's own; null at the beginning of a text.
/// </param>
public sealed class TokenStream(Tokenizer tokenizer, int? previous = null)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private int? _previous = previous;

    /// <summary>The text that an id completes; empty for a control token, and within a character.</summary>
    /// <exception cref="InputException">The id is not in the vocabulary.</exception>
    public string Push(int id)
    {
        var bytes = tokenizer.TextAfter(_previous, id, special: false);
        _previous = id;
        return Convert(bytes, flush: false);
    }

    /// <summary>Ends the text: U+FFFD where it ends within a character, else nothing. The stream may be used again.</summary>
    public string Flush()
    {
        _previous = null;
        return Convert([], flush: true);
    }

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        // A waiting part of a character may turn out to be no UTF-8, and gives one character more.
        Span<char> characters = stackalloc char[Vocabulary.PieceBytesMax + 2];
        return new string(characters[.._decoder.GetChars(bytes, characters, flush)]);
    }
}
