using System.Text.RegularExpressions;
using Tandem.Trainer.Text;

namespace Tandem.Trainer;

/// <summary>
/// Judges answers to what was held out of the training pairs: 20 questions and 20 subjects of stories. An answer
/// passes if it names what it must, stays on topic, comes to an end, and uses only words that the grammar has.
/// </summary>
internal sealed partial class Checker
{
    private const int AnswerWordsMax = 25;
    private const int SubjectMentionsMin = 3;
    private const int StorySentencesMin = 6;
    private const int LexiconDocuments = 4000;
    private static readonly string[] NounLists = ["animal", "person", "thing"];
    private readonly HeldOut _heldOut = new();
    private readonly HashSet<string> _lexicon = [];
    private readonly HashSet<string> _nouns;

    /// <summary>A checker that knows the grammar's words.</summary>
    public Checker()
    {
        var book = new RuleBook("words.txt");
        _nouns = [.. NounLists.SelectMany(book.Rule)];
        var writer = new ConversationWriter(_heldOut);
        var random = new CountedRandom(0);
        for (var document = 0; document < LexiconDocuments; document++)
        {
            foreach (var turn in writer.Draw(random).Turns)
            {
                _lexicon.UnionWith(Words(turn.Assistant));
            }
        }
        _lexicon.UnionWith(_nouns.SelectMany(Words));
    }

    /// <summary>What is asked, in order: questions, then stories.</summary>
    public IEnumerable<string> Prompts =>
        _heldOut.Questions.Select(question => question.Text).Concat(_heldOut.Subjects.Select(StoryRequest));

    /// <summary>The request for a story about a subject.</summary>
    public static string StoryRequest(string subject) => $"Tell me a story about {English.WithA(subject)}.";

    /// <summary>Asks everything.</summary>
    /// <param name="answer">Answers a question: the text, and whether it came to an end by itself.</param>
    public IEnumerable<Verdict> Check(Func<string, (string Text, bool Ended)> answer)
    {
        foreach (var question in _heldOut.Questions)
        {
            var (text, ended) = answer(question.Text);
            yield return new Verdict(question.Text, text, IsStory: false, FaultOfAnswer(question, text, ended));
        }
        foreach (var subject in _heldOut.Subjects)
        {
            var (text, ended) = answer(StoryRequest(subject));
            yield return new Verdict(StoryRequest(subject), text, IsStory: true, FaultOfStory(subject, text, ended));
        }
    }

    /// <summary>What is wrong with an answer, or null.</summary>
    public string? FaultOfAnswer(HeldOut.Question question, string text, bool ended)
    {
        var words = Words(text);
        return !ended ? "does not end"
            : !words.Contains(question.Answer.ToLowerInvariant()) ? $"does not name '{question.Answer}'"
            : words.Count > AnswerWordsMax ? "is too long"
            : UnknownWord(words, "");
    }

    /// <summary>What is wrong with a story, or null.</summary>
    public string? FaultOfStory(string subject, string text, bool ended)
    {
        var words = Words(text);
        var sentences = SentencePattern().Split(text);
        var mentions = words.Count(word => word == subject);
        var rival = words.Where(word => word != subject && _nouns.Contains(word)).GroupBy(word => word).MaxBy(Count);
        return !ended ? "does not end"
            : sentences.Length < StorySentencesMin ? "is too short"
            : text.Count(letter => letter == '"') % 2 != 0 ? "leaves a quotation open"
            : mentions < SubjectMentionsMin ? $"names '{subject}' {mentions} times"
            : !sentences.Take(2).Any(sentence => Words(sentence).Contains(subject)) ? $"does not begin with '{subject}'"
            : rival is not null && Count(rival) > mentions ? $"is about '{rival.Key}'"
            : UnknownWord(words, subject);
    }

    private static int Count(IGrouping<string, string> group) => group.Count();

    private string? UnknownWord(List<string> words, string subject)
    {
        var unknown = words.Find(word => word != subject && !_lexicon.Contains(word));
        return unknown is null ? null : $"has the word '{unknown}'";
    }

    private static List<string> Words(string text) =>
        [.. WordPattern().Matches(text).Select(match => match.Value.ToLowerInvariant())];

    [GeneratedRegex(@"[\p{L}\p{N}]+(-[\p{L}]+)*")]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"(?<=[.!?]""?)\s+")]
    private static partial Regex SentencePattern();

    /// <summary>An answer and what is wrong with it.</summary>
    /// <param name="Prompt">What was asked.</param>
    /// <param name="Text">The answer.</param>
    /// <param name="IsStory">Whether a story was asked for.</param>
    /// <param name="Fault">What is wrong, or null.</param>
    internal sealed record Verdict(string Prompt, string Text, bool IsStory, string? Fault);
}
