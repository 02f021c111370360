using System.Runtime.CompilerServices;

namespace Tandem.Text;

/// <summary>
/// How byte-level vocabularies write bytes as text (GPT-2's <c>bytes_to_unicode</c>): the printable characters of
/// Latin-1 stand for themselves, and the other 68 bytes for the characters from U+0100 on, in order.
/// </summary>
internal static class ByteAlphabet
{
    private const int Characters = 0x100 + 68;

    /// <summary>The byte of each character, or −1.</summary>
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>Reads text in this alphabet; false where a character is not in it.</summary>
    /// <param name="text">The text, one character a byte.</param>
    /// <param name="bytes">Gets a byte for each character.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var value = text[i] < Characters ? Bytes[text[i]] : -1;
            if (value < 0)
            {
                return false;
            }
            bytes[i] = (byte)value;
        }
        return true;
    }

    private static bool IsPrintable(int value) =>
        value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);

    private static short[] MakeBytes()
    {
        var bytes = new short[Characters];
        Array.Fill(bytes, (short)-1);
        var next = 0x100;
        for (short value = 0; value < 256; value++)
        {
            bytes[IsPrintable(value) ? value : next++] = value;
        }
        return bytes;
    }
}
