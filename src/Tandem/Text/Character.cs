using System.Globalization;
using System.Text;

namespace Tandem.Text;

/// <summary>The classes of characters that splitting rules speak of.</summary>
[Flags]
internal enum CharacterKind : byte
{
    /// <summary>The end of the text: no character at all.</summary>
    None = 0,

    /// <summary>Category L.</summary>
    Letter = 1,

    /// <summary>Category N.</summary>
    Number = 2,

    /// <summary>White space by Unicode's property (<c>\s</c>).</summary>
    Space = 4,

    /// <summary>Category P.</summary>
    Punctuation = 8,

    /// <summary>Anything else: symbols, marks, controls, unassigned, and bytes that are no UTF-8.</summary>
    Other = 16,

    /// <summary>Neither space, letter nor number (<c>[^\s\p{L}\p{N}]</c>).</summary>
    Mark = Punctuation | Other,
}

/// <summary>A character of UTF-8 text; bytes that are no UTF-8 read as U+FFFD.</summary>
/// <param name="Value">The code point; 0 at the end.</param>
/// <param name="Length">Its bytes; 0 at the end.</param>
/// <param name="Kind">Its class.</param>
internal readonly record struct Character(int Value, int Length, CharacterKind Kind)
{
    private static readonly CharacterKind[] Ascii =
    [
        .. Enumerable.Range(0, 128).Select(value => KindOf(new Rune(value))),
    ];

    /// <summary>The character that begins at a byte, or one of no length at the end.</summary>
    public static Character At(ReadOnlySpan<byte> text, int at)
    {
        if (at >= text.Length)
        {
            return default;
        }
        if (text[at] < 0x80)
        {
            return new Character(text[at], 1, Ascii[text[at]]);
        }
        Rune.DecodeFromUtf8(text[at..], out var rune, out var length);
        return new Character(rune.Value, length, KindOf(rune));
    }

    /// <summary>Whether it is of one of these kinds; false at the end.</summary>
    public bool Is(CharacterKind kinds) => (Kind & kinds) != 0;

    /// <summary>Whether it ends a line: carriage return or line feed.</summary>
    public bool IsLineEnd => Value is '\r' or '\n';

    private static CharacterKind KindOf(Rune rune)
    {
        if (Rune.IsWhiteSpace(rune))
        {
            return CharacterKind.Space;
        }
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
                CharacterKind.Number,
            >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation =>
                CharacterKind.Punctuation,
            _ => CharacterKind.Other,
        };
    }
}
