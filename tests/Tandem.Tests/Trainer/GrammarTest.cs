using Tandem.Trainer;
using Tandem.Trainer.Text;

namespace Tandem.Tests.Trainer;

public sealed class GrammarTest
{
    private static readonly HeldOut Held = new();
    private static readonly string[] NounLists = ["animal", "person", "thing", "place"];

    [Fact]
    public void Every_held_out_question_is_one_that_the_grammar_would_ask() =>
        Assert.Subset(
            new FactBook().AllQuestions().Select(HeldOut.Normalise).ToHashSet(),
            Held.Questions.Select(question => HeldOut.Normalise(question.Text)).ToHashSet()
        );

    [Fact]
    public void Twenty_questions_and_twenty_subjects_are_held_out_and_the_subjects_are_known_words()
    {
        var book = new RuleBook("words.txt");
        var nouns = NounLists.SelectMany(book.Rule).ToHashSet();

        Assert.Equal(20, Held.Questions.Count);
        Assert.Equal(20, Held.Subjects.Count);
        Assert.Subset(nouns, Held.Subjects.ToHashSet());
    }

    [Fact]
    public void No_training_pair_asks_what_is_held_out()
    {
        foreach (var turn in Turns(documents: 3000))
        {
            Assert.False(Held.Holds(turn.User), turn.User);
            if (turn.User.Contains("story", StringComparison.OrdinalIgnoreCase))
            {
                Assert.DoesNotContain(Words(turn.User), Held.Subjects.Contains);
            }
        }
    }

    [Fact]
    public void Held_out_subjects_do_occur_in_answers()
    {
        var words = Turns(documents: 10_000).SelectMany(turn => Words(turn.Assistant)).ToHashSet();

        Assert.Subset(words, Held.Subjects.ToHashSet());
    }

    [Fact]
    public void Stories_name_their_subject_often_and_leave_no_sign_of_the_grammar()
    {
        var book = new RuleBook("words.txt", "stories.txt");
        var writer = new StoryWriter(book, Held);
        var random = new CountedRandom(seed: 7);
        for (var story = 0; story < 500; story++)
        {
            var subject = writer.Draw(random);
            var text = writer.Write(subject, random);

            Assert.DoesNotContain(text, "[]{}<>|".Contains);
            Assert.True(Words(text).Count(word => Names(subject).Contains(word)) >= 3, text);
            Assert.True(char.IsUpper(text[0]) && text[^1] is '.' or '"', text);
            Assert.Equal(0, text.Count(letter => letter == '"') % 2);
        }
    }

    [Theory]
    [InlineData("fox", "a fox", "the fox", "foxes")]
    [InlineData("owl", "an owl", "the owl", "owls")]
    [InlineData("unicorn", "a unicorn", "the unicorn", "unicorns")]
    [InlineData("fairy", "a fairy", "the fairy", "fairies")]
    [InlineData("monkey", "a monkey", "the monkey", "monkeys")]
    [InlineData("policeman", "a policeman", "the policeman", "policemen")]
    public void Nouns_take_articles_and_plurals(string noun, string withA, string withThe, string plural)
    {
        Assert.Equal(withA, English.WithA(noun));
        Assert.Equal(withThe, English.WithThe(noun));
        Assert.Equal(plural, English.Plural(noun));
    }

    [Fact]
    public void Sentences_begin_with_capitals_but_not_what_follows_a_cry() =>
        Assert.Equal(
            "The fox ran. \"Help!\" said the fox. \"Come in.\" The owl came.",
            English.Sentences("the fox ran. \"help!\" said the fox. \"come in.\" the owl came.")
        );

    private static IEnumerable<Exchange> Turns(int documents)
    {
        var writer = new ConversationWriter(Held);
        var random = new CountedRandom(seed: 11);
        return Enumerable.Range(0, documents).SelectMany(_ => writer.Draw(random).Turns);
    }

    private static string[] Names(Subject subject) =>
        [.. Words(subject.Noun), .. subject.Name is null ? [] : Words(subject.Name)];

    private static string[] Words(string text) => HeldOut.Normalise(text).Split(' ');
}
