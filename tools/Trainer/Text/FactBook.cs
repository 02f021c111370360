namespace Tandem.Trainer.Text;

/// <summary>Questions and answers about facts: each relation has ways to ask, ways to answer, and a table.</summary>
internal sealed class FactBook
{
    private readonly RuleBook _none = new();
    private readonly List<Relation> _relations = [];

    /// <summary>Reads the embedded facts.</summary>
    public FactBook()
    {
        Relation? relation = null;
        foreach (var line in RuleBook.Lines("facts.txt").Where(line => line.Length > 0 && line != "="))
        {
            if (line[0] == '@')
            {
                var fields = line[(line.IndexOf(':') + 1)..].Split('|', StringSplitOptions.TrimEntries);
                _relations.Add(relation = new Relation(fields, [], [], []));
            }
            else if (line.StartsWith("q ", StringComparison.Ordinal))
            {
                relation!.Questions.Add(line[2..]);
            }
            else if (line.StartsWith("a ", StringComparison.Ordinal) && !line.Contains('|'))
            {
                relation!.Answers.Add(line[2..]);
            }
            else
            {
                relation!.Facts.Add(line.Split('|', StringSplitOptions.TrimEntries));
            }
        }
    }

    /// <summary>Every question in every wording, without answers.</summary>
    public IEnumerable<string> AllQuestions() =>
        from relation in _relations
        from fact in relation.Facts
        from question in relation.Questions
        select Fill(question, relation, fact, new CountedRandom(0));

    /// <summary>A question and its answer; facts of small tables are as frequent as those of large ones.</summary>
    public Exchange Draw(CountedRandom random)
    {
        var index = random.Below(_relations.Sum(relation => relation.Facts.Count));
        var relation = _relations.First(candidate => (index -= candidate.Facts.Count) < 0);
        var fact = random.Pick(relation.Facts);
        var answer = relation.Answers[random.Chance(0.8) ? 0 : random.Below(relation.Answers.Count)];
        return new Exchange(
            Fill(random.Pick(relation.Questions), relation, fact, random),
            Fill(answer, relation, fact, random)
        );
    }

    private string Fill(string line, Relation relation, string[] fact, CountedRandom random)
    {
        var expander = new Expander(_none, random);
        for (var i = 0; i < fact.Length; i++)
        {
            expander.Set(relation.Fields[i], fact[i]);
        }
        return English.Sentences(expander.Expand(line));
    }

    private sealed record Relation(string[] Fields, List<string> Questions, List<string> Answers, List<string[]> Facts);
}
