using System.Text;

namespace Tandem.Trainer.Text;

/// <summary>
/// Turns a line of the grammar into text. [a|b] chooses, &lt;rule&gt; expands afresh, {word} draws once and keeps;
/// a digit behind a word ({friend2}) draws another one from the same rule.
/// </summary>
/// <param name="book">The rules.</param>
/// <param name="random">Where choices come from.</param>
/// <param name="kind">Kind of the subject: &lt;home&gt; takes rule "home-animal" where there is one for it.</param>
internal sealed class Expander(RuleBook book, CountedRandom random, string kind = "")
{
    private const int DrawsMax = 100;
    private readonly Dictionary<string, string> _words = [];

    /// <summary>Sets a word before it is used.</summary>
    public void Set(string word, string value) => _words[word] = value;

    /// <summary>The text of one line.</summary>
    public string Expand(string line)
    {
        var result = new StringBuilder();
        var position = 0;
        while (position < line.Length)
        {
            var end = line[position] switch
            {
                '[' => Closing(line, position, '[', ']'),
                '<' => Closing(line, position, '<', '>'),
                '{' => Closing(line, position, '{', '}'),
                _ => -1,
            };
            if (end < 0)
            {
                result.Append(line[position++]);
                continue;
            }
            var inside = line[(position + 1)..end];
            result.Append(
                line[position] switch
                {
                    '[' => Expand(random.Pick(Alternatives(inside))),
                    '<' => Expand(random.Pick(book.Rule(book.Has($"{inside}-{kind}") ? $"{inside}-{kind}" : inside))),
                    _ => Word(inside),
                }
            );
            position = end + 1;
        }
        return result.ToString();
    }

    private string Word(string reference)
    {
        var space = reference.IndexOf(' ', StringComparison.Ordinal);
        var form = space < 0 ? "" : reference[..space];
        var value = Value(reference[(space + 1)..]);
        return form switch
        {
            "" => value,
            "a" => English.WithA(value),
            "the" => English.WithThe(value),
            "s" => English.Plural(value),
            _ => $"{form} {English.WithoutArticle(value)}",
        };
    }

    // A word never equals another that the story has, so friends are not mistaken for each other.
    private string Value(string word)
    {
        if (_words.TryGetValue(word, out var known))
        {
            return known;
        }
        var rule = word.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        for (var draw = 0; draw < DrawsMax; draw++)
        {
            var value = Expand(random.Pick(book.Rule(rule)));
            if (!_words.ContainsValue(value))
            {
                return _words[word] = value;
            }
        }
        throw new InputException($"rule '{rule}' has too few words for '{word}'");
    }

    private static int Closing(string line, int start, char open, char close)
    {
        var depth = 0;
        for (var i = start; i < line.Length; i++)
        {
            depth += line[i] == open ? 1 : 0;
            depth -= line[i] == close ? 1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }
        throw new InputException($"'{open}' is not closed in the grammar's line: {line}");
    }

    private static List<string> Alternatives(string inside)
    {
        var alternatives = new List<string>();
        var (depth, start) = (0, 0);
        for (var i = 0; i <= inside.Length; i++)
        {
            if (i == inside.Length || (inside[i] == '|' && depth == 0))
            {
                alternatives.Add(inside[start..i]);
                start = i + 1;
            }
            else
            {
                depth += inside[i] is '[' or '{' or '<' ? 1 : 0;
                depth -= inside[i] is ']' or '}' or '>' ? 1 : 0;
            }
        }
        return alternatives;
    }
}
