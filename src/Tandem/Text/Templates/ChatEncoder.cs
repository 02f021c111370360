using System.Text;

namespace Tandem.Text.Templates;

/// <summary>A rendered conversation as token ids.</summary>
public static class ChatEncoder
{
    /// <summary>
    /// The ids. Control tokens are those that the template wrote; what stands in a message stays text, unless
    /// <paramref name="parseSpecial"/> asks otherwise. BOS is added where the model wants it and the template did not
    /// write it.
    /// </summary>
    /// <exception cref="InputException">The vocabulary has no token for a byte of the text.</exception>
    public static int[] Encode(Tokenizer tokenizer, RenderedChat chat, bool parseSpecial)
    {
        var data = new List<Range>();
        var at = 0;
        foreach (var segment in chat.Segments)
        {
            var length = Encoding.UTF8.GetByteCount(segment.Text);
            if (segment.IsData && !parseSpecial)
            {
                data.Add(at..(at + length));
            }
            at += length;
        }
        var ids = tokenizer.Encode(Encoding.UTF8.GetBytes(chat.Text), addSpecial: false, data);
        var addsBos = tokenizer.AddsBos && (ids.Length == 0 || ids[0] != tokenizer.Bos);
        return addsBos ? [tokenizer.Bos!.Value, .. ids] : ids;
    }
}
