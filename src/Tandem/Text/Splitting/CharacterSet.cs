namespace Tandem.Text.Splitting;

/// <summary>A set of code points, written as in a regular expression's class: single characters, and ranges with a minus.</summary>
internal sealed class CharacterSet
{
    private readonly int[] _firsts;
    private readonly int[] _lasts;

    /// <summary>The set of a class such as <c>A-Za-z</c>; its ranges must ascend and not overlap.</summary>
    public CharacterSet(string ranges)
    {
        var runes = ranges.EnumerateRunes().Select(rune => rune.Value).ToArray();
        var firsts = new List<int>();
        var lasts = new List<int>();
        for (var i = 0; i < runes.Length; )
        {
            var isRange = i + 2 < runes.Length && runes[i + 1] == '-';
            firsts.Add(runes[i]);
            lasts.Add(isRange ? runes[i + 2] : runes[i]);
            i += isRange ? 3 : 1;
        }
        _firsts = [.. firsts];
        _lasts = [.. lasts];
    }

    /// <summary>Whether a character is in the set; the one of no length is in none.</summary>
    public bool Contains(Character character)
    {
        var found = Array.BinarySearch(_firsts, character.Value);
        var range = found >= 0 ? found : ~found - 1;
        return range >= 0 && character.Value <= _lasts[range] && character.Length > 0;
    }
}
