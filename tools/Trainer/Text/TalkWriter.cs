using System.Globalization;

namespace Tandem.Trainer.Text;

/// <summary>Writes everything but stories: facts, small talk, sums, kinds of things, and what the model cannot know.</summary>
internal sealed class TalkWriter
{
    private const string Unknown = "I am a very small model, and I do not know that.";
    private static readonly string[] Numbers =
    [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    private static readonly string[] SumQuestions =
    [
        "What is {0} plus {1}?",
        "How much is {0} plus {1}?",
        "What is {0} and {1}?",
        "What do you get when you add {0} and {1}?",
        "Add {0} and {1}.",
        "{0} plus {1} is what?",
    ];
    private static readonly (string Kind, string Name)[] Kinds =
    [
        ("animal", "an animal"),
        ("person", "a person"),
        ("thing", "a thing"),
        ("place", "a place"),
    ];

    private readonly RuleBook _book;
    private readonly HeldOut _heldOut;
    private readonly FactBook _facts = new();
    private readonly List<(List<string> Questions, List<string> Answers)> _talk = [];
    private readonly List<string> _unknown = [.. RuleBook.Lines("unknown.txt").Where(line => line.Length > 0)];

    /// <summary>A writer that leaves out held-out questions.</summary>
    public TalkWriter(RuleBook book, HeldOut heldOut)
    {
        _book = book;
        _heldOut = heldOut;
        var open = false;
        foreach (var line in RuleBook.Lines("talk.txt"))
        {
            if (line.Length == 0)
            {
                open = false;
                continue;
            }
            if (!open)
            {
                _talk.Add(([], []));
                open = true;
            }
            (line[0] == 'q' ? _talk[^1].Questions : _talk[^1].Answers).Add(line[2..]);
        }
    }

    /// <summary>A question that is not held out, and its answer.</summary>
    public Exchange Draw(CountedRandom random)
    {
        while (true)
        {
            var exchange = random.Below(100) switch
            {
                < 66 => _facts.Draw(random),
                < 80 => Talk(random),
                < 86 => KindOf(random),
                < 95 => Sum(random),
                _ => new Exchange(random.Pick(_unknown), Unknown),
            };
            if (!_heldOut.Holds(exchange.User))
            {
                return exchange;
            }
        }
    }

    private Exchange Talk(CountedRandom random)
    {
        var (questions, answers) = random.Pick(_talk);
        return new Exchange(random.Pick(questions), answers[random.Chance(0.7) ? 0 : random.Below(answers.Count)]);
    }

    private Exchange KindOf(CountedRandom random)
    {
        var (kind, name) = random.Pick(Kinds);
        var noun = English.WithA(random.Pick(_book.Rule(kind)));
        var (other, otherName) = random.Pick(Kinds);
        var (question, answer) = random.Below(3) switch
        {
            0 => ($"What is {noun}?", $"{noun} is {name}."),
            1 => ($"What kind of thing is {noun}?", $"{noun} is {name}."),
            _ when kind == other => ($"Is {noun} {otherName}?", $"Yes, {noun} is {name}."),
            _ => ($"Is {noun} {otherName}?", $"No, {noun} is {name}."),
        };
        return new Exchange(question, English.Sentences(answer));
    }

    private static Exchange Sum(CountedRandom random)
    {
        var (left, right) = (random.Below(11), random.Below(11));
        string Spell(int number) => number.ToString(CultureInfo.InvariantCulture);
        Func<int, string> write = random.Chance(0.5) ? Spell : number => Numbers[number];
        var question = string.Format(
            CultureInfo.InvariantCulture,
            random.Pick(SumQuestions),
            write(left),
            write(right)
        );
        var answer = $"{write(left)} plus {write(right)} is {write(left + right)}.";
        return new Exchange(English.Sentences(question), English.Sentences(answer));
    }
}
