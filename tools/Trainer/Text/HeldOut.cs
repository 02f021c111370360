using System.Text;

namespace Tandem.Trainer.Text;

/// <summary>What training never shows: questions word by word, and subjects of stories.</summary>
internal sealed class HeldOut
{
    private readonly HashSet<string> _questionTexts;

    /// <summary>Reads the embedded list.</summary>
    public HeldOut()
    {
        var book = new RuleBook("heldout.txt");
        Subjects = book.Rule("subjects").ToHashSet();
        Questions =
        [
            .. RuleLines()
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Select(parts => new Question(parts[0], parts[1])),
        ];
        _questionTexts = [.. Questions.Select(question => Normalise(question.Text))];
    }

    /// <summary>Nouns that no request names.</summary>
    public IReadOnlySet<string> Subjects { get; }

    /// <summary>Questions that are never asked.</summary>
    public IReadOnlyList<Question> Questions { get; }

    /// <summary>Whether a question is held out, however it is written.</summary>
    public bool Holds(string question) => _questionTexts.Contains(Normalise(question));

    /// <summary>Small letters and digits with single spaces between words.</summary>
    public static string Normalise(string text)
    {
        var result = new StringBuilder();
        foreach (var character in text)
        {
            if (char.IsLetterOrDigit(character))
            {
                result.Append(char.ToLowerInvariant(character));
            }
            else if (char.IsWhiteSpace(character) && result.Length > 0 && result[^1] != ' ')
            {
                result.Append(' ');
            }
        }
        return result.ToString().TrimEnd();
    }

    private static IEnumerable<string> RuleLines() => RuleBook.Lines("heldout.txt").Where(line => line.Contains('|'));

    /// <summary>A question and what its answer must name.</summary>
    /// <param name="Text">The question.</param>
    /// <param name="Answer">A word of the right answer.</param>
    internal sealed record Question(string Text, string Answer);
}
