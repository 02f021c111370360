using System.Text;

namespace Tandem.Trainer.Text;

/// <summary>The little English grammar that the texts need: articles, plurals, capitals.</summary>
internal static class English
{
    private static readonly Dictionary<string, string> Plurals = new()
    {
        ["mouse"] = "mice",
        ["goose"] = "geese",
        ["sheep"] = "sheep",
        ["fish"] = "fish",
        ["deer"] = "deer",
        ["ox"] = "oxen",
        ["wolf"] = "wolves",
        ["calf"] = "calves",
        ["thief"] = "thieves",
        ["child"] = "children",
        ["human"] = "humans",
        ["octopus"] = "octopuses",
        ["knife"] = "knives",
        ["leaf"] = "leaves",
    };

    /// <summary>"a fox", "an owl"; a name or a noun with an article stays as it is.</summary>
    public static string WithA(string noun)
    {
        if (char.IsUpper(noun[0]) || HasArticle(noun))
        {
            return noun;
        }
        var vowel = "aeiou".Contains(noun[0]) && !noun.StartsWith("uni", StringComparison.Ordinal);
        return (vowel ? "an " : "a ") + noun;
    }

    /// <summary>"the fox", also from "a fox"; a name stays as it is.</summary>
    public static string WithThe(string noun) => char.IsUpper(noun[0]) ? noun : "the " + WithoutArticle(noun);

    /// <summary>"fox" from "a fox" or "the fox".</summary>
    public static string WithoutArticle(string noun) => HasArticle(noun) ? noun[(noun.IndexOf(' ') + 1)..] : noun;

    /// <summary>"foxes", "mice".</summary>
    public static string Plural(string noun)
    {
        if (Plurals.TryGetValue(noun, out var plural))
        {
            return plural;
        }
        if (noun.EndsWith("man", StringComparison.Ordinal))
        {
            return noun[..^2] + "en";
        }
        if (noun[^1] == 'y' && !"aeiou".Contains(noun[^2]))
        {
            return noun[..^1] + "ies";
        }
        var hisses =
            noun[^1] is 's' or 'x'
            || noun.EndsWith("ch", StringComparison.Ordinal)
            || noun.EndsWith("sh", StringComparison.Ordinal);
        return noun + (hisses ? "es" : "s");
    }

    /// <summary>
    /// Capitals where a sentence begins: at the start, after ". ", "! ", "? ", and after a full stop inside quotes.
    /// After "!" or "?" inside quotes the sentence goes on ("Help!" said the fox).
    /// </summary>
    public static string Sentences(string text)
    {
        var result = new StringBuilder(text.Length);
        var begins = true;
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            result.Append(begins && char.IsLower(character) ? char.ToUpperInvariant(character) : character);
            if (char.IsLetterOrDigit(character))
            {
                begins = false;
            }
            else if (character == ' ' && i > 0)
            {
                begins = text[i - 1] is '.' or '!' or '?' || (text[i - 1] == '"' && i > 1 && text[i - 2] == '.');
            }
        }
        return result.ToString();
    }

    private static bool HasArticle(string noun) =>
        noun.StartsWith("a ", StringComparison.Ordinal)
        || noun.StartsWith("an ", StringComparison.Ordinal)
        || noun.StartsWith("the ", StringComparison.Ordinal);
}
