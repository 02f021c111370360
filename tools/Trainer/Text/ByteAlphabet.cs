using System.Text;
using System.Text.RegularExpressions;

namespace Tandem.Trainer.Text;

/// <summary>
/// GPT-2's way of writing any bytes with printable letters, and of cutting text into words (Radford et al., 2019).
/// </summary>
internal static partial class ByteAlphabet
{
    private static readonly char[] Letters = MakeLetters();

    /// <summary>The letter of a byte.</summary>
    public static char Letter(byte value) => Letters[value];

    /// <summary>The words of a text, each in the alphabet; a word keeps the space before it.</summary>
    public static IEnumerable<string> Words(string text) =>
        WordPattern()
            .Matches(text)
            .Select(match => string.Concat(Encoding.UTF8.GetBytes(match.Value).Select(value => Letters[value])));

    private static char[] MakeLetters()
    {
        var letters = new char[256];
        var spare = 256;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            letters[value] = (char)(printable ? value : spare++);
        }
        return letters;
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex WordPattern();
}
