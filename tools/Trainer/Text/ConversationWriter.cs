namespace Tandem.Trainer.Text;

/// <summary>Writes the documents that the model learns from: conversations of a few turns, and plain stories.</summary>
internal sealed class ConversationWriter
{
    private const int TurnsMax = 5;
    private const int StoriesMax = 2;
    private readonly RuleBook _book = new("words.txt", "stories.txt", "requests.txt");
    private readonly StoryWriter _stories;
    private readonly TalkWriter _talk;

    /// <summary>A writer that leaves out what is held out.</summary>
    public ConversationWriter(HeldOut heldOut)
    {
        _stories = new StoryWriter(_book, heldOut);
        _talk = new TalkWriter(_book, heldOut);
    }

    /// <summary>One document.</summary>
    public Conversation Draw(CountedRandom random)
    {
        if (random.Chance(0.06))
        {
            return new Conversation(null, [new Exchange("", _stories.Write(_stories.Draw(random), random))]);
        }
        var turns = new Exchange[random.Chance(0.5) ? 1 : 2 + random.Below(TurnsMax - 1)];
        var storyCount = 0;
        for (var turn = 0; turn < turns.Length; turn++)
        {
            var isStory = storyCount < StoriesMax && random.Chance(turns.Length == 1 ? 0.4 : 0.2);
            storyCount += isStory ? 1 : 0;
            var exchange = isStory ? Story(random) : _talk.Draw(random);
            turns[turn] = exchange with { User = Typed(exchange.User, random) };
        }
        return new Conversation(random.Chance(0.15) ? random.Pick(_book.Rule("system")) : null, turns);
    }

    private Exchange Story(CountedRandom random)
    {
        var subject = _stories.Draw(random);
        if (random.Chance(0.04))
        {
            return new Exchange(random.Pick(_book.Rule("request-any")), _stories.Write(subject, random));
        }
        var expander = new Expander(_book, random);
        if (random.Chance(0.06))
        {
            subject = subject with { Quality = null, Name = null, Companion = null };
            expander.Set("subject", subject.AskedBriefly(plural: random.Chance(0.5)));
        }
        else
        {
            expander.Set("subject", subject.Asked);
        }
        return new Exchange(expander.Expand(random.Pick(_book.Rule("request"))), _stories.Write(subject, random));
    }

    // People leave out capitals and full stops, and spell colour in two ways.
    private static string Typed(string text, CountedRandom random)
    {
        if (random.Chance(0.1))
        {
            text = text.Replace("colour", "color", StringComparison.Ordinal);
        }
        if (random.Chance(0.12))
        {
            text = text.ToLowerInvariant();
        }
        return random.Chance(0.12) ? text.TrimEnd('.', '?', '!') : text;
    }
}
