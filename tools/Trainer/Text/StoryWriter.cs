namespace Tandem.Trainer.Text;

/// <summary>Picks subjects and writes stories about them.</summary>
/// <param name="book">Rules, word lists and plots.</param>
/// <param name="heldOut">Nouns that no story may be about.</param>
internal sealed class StoryWriter(RuleBook book, HeldOut heldOut)
{
    private static readonly string[] Onsets =
    [
        "b",
        "bl",
        "br",
        "ch",
        "d",
        "dr",
        "f",
        "fl",
        "g",
        "gl",
        "gr",
        "h",
        "j",
        "k",
        "kr",
        "l",
        "m",
        "n",
        "p",
        "pl",
        "qu",
        "r",
        "s",
        "sh",
        "sn",
        "sp",
        "st",
        "t",
        "th",
        "tr",
        "v",
        "w",
        "y",
        "z",
    ];
    private static readonly string[] Middles = ["a", "e", "i", "o", "u", "oo", "ee", "ai", "ou"];
    private static readonly string[] Codas =
    [
        "",
        "",
        "b",
        "ck",
        "d",
        "g",
        "l",
        "m",
        "n",
        "nk",
        "p",
        "r",
        "rn",
        "s",
        "t",
        "x",
    ];
    private static readonly HashSet<string> Women =
    [
        "aunt",
        "bride",
        "fairy",
        "girl",
        "grandmother",
        "lady",
        "mermaid",
        "mother",
        "princess",
        "queen",
        "sister",
        "witch",
        "old woman",
        "nurse",
    ];

    private readonly string[] _nouns =
    [
        .. new[] { "animal", "person", "thing", "place" }
            .SelectMany(book.Rule)
            .Where(noun => !heldOut.Subjects.Contains(noun)),
    ];

    /// <summary>A subject that is not held out: known nouns, names, and words that do not exist.</summary>
    public Subject Draw(CountedRandom random)
    {
        var share = random.Below(100);
        var subject = share switch
        {
            < 33 => Common("animal", random),
            < 46 => Common("person", random),
            < 68 => Common("thing", random),
            < 73 => Common("place", random),
            < 75 => new Subject(random.Pick(book.Rule("unique")), "unique", "it"),
            < 81 => Named(random),
            < 94 => new Subject(Invented(random), random.Chance(0.7) ? "animal" : "thing", "it"),
            _ => new Subject(
                $"{random.Pick(_nouns)} {random.Pick(_nouns)}",
                random.Chance(0.7) ? "animal" : "thing",
                "it"
            ),
        };
        if (subject.Kind == "unique")
        {
            return subject;
        }
        return subject with
        {
            Quality = random.Chance(0.2) ? random.Pick(book.Rule("adjective")) : null,
            Name = subject.Person is null && random.Chance(0.15) ? Name(random, subject) : null,
            Companion = random.Chance(0.05) ? random.Pick(_nouns) : null,
        };
    }

    /// <summary>A story about the subject.</summary>
    public string Write(Subject subject, CountedRandom random)
    {
        var pronoun = subject.Name is null ? subject.Pronoun : Gender(subject.Name);
        var plots = book.Plots.Where(plot => plot.Kinds.Contains(subject.Kind)).ToList();
        var expander = new Expander(book, random, subject.Kind);
        var noun = English.WithThe(subject.Noun);
        expander.Set("noun", English.WithoutArticle(subject.Noun));
        expander.Set("intro", subject.Introduced);
        expander.Set("he", pronoun);
        expander.Set(
            "him",
            pronoun switch
            {
                "he" => "him",
                "she" => "her",
                _ => "it",
            }
        );
        expander.Set(
            "his",
            pronoun switch
            {
                "he" => "his",
                "she" => "her",
                _ => "its",
            }
        );
        expander.Set(
            "himself",
            pronoun switch
            {
                "he" => "himself",
                "she" => "herself",
                _ => "itself",
            }
        );
        if (subject.Companion is not null)
        {
            expander.Set("friend", subject.Companion);
        }
        var lines = random
            .Pick(plots)
            .Lines.Select(line =>
            {
                expander.Set("hero", subject.Name is not null && random.Chance(0.5) ? subject.Name : noun);
                return expander.Expand(line);
            });
        return English.Sentences(string.Join(' ', lines));
    }

    private Subject Common(string kind, CountedRandom random)
    {
        string noun;
        do
        {
            noun = random.Pick(book.Rule(kind));
        } while (heldOut.Subjects.Contains(noun));
        var pronoun =
            kind != "person" ? "it"
            : Women.Contains(noun) ? "she"
            : "he";
        return new Subject(noun, kind, pronoun);
    }

    private Subject Named(CountedRandom random)
    {
        var girl = random.Chance(0.5);
        var name = random.Pick(book.Rule(girl ? "girl" : "boy"));
        return new Subject(name, "person", girl ? "she" : "he") { Person = girl ? "girl" : "boy" };
    }

    private string Name(CountedRandom random, Subject subject) =>
        subject.Pronoun switch
        {
            "she" => random.Pick(book.Rule("girl")),
            "he" => random.Pick(book.Rule("boy")),
            _ => random.Pick(book.Rule(random.Chance(0.5) ? "girl" : "boy")),
        };

    private string Gender(string name) => book.Rule("girl").Contains(name) ? "she" : "he";

    // Words that do not exist teach the model to copy a subject piece by piece.
    private static string Invented(CountedRandom random)
    {
        var syllables = 1 + random.Below(3);
        var word = "";
        for (var i = 0; i < syllables; i++)
        {
            word += random.Pick(Onsets) + random.Pick(Middles) + random.Pick(Codas);
        }
        return word;
    }
}
