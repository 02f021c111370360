using Tandem.Trainer.Text;

namespace Tandem.Trainer;

/// <summary>Turns the grammar's documents into batches. Any shard of any step can be drawn at any time.</summary>
/// <param name="writer">Writes the documents.</param>
/// <param name="vocabulary">Encodes them.</param>
/// <param name="seed">Seed of the whole training.</param>
internal sealed class Corpus(ConversationWriter writer, Vocabulary vocabulary, ulong seed)
{
    // Many documents are cut early: beginnings, where the model must take up what it was asked, teach more than the
    // well-worn course of a plot.
    private const double CutShare = 0.5;
    private const int CutMin = 40;

    /// <summary>
    /// Documents one behind the other until there are that many rows; the last is cut where the rows end. Only answers,
    /// their ends and plain stories are learnt.
    /// </summary>
    public Batch Shard(int step, int shard, int rows, int context)
    {
        var random = CountedRandom.For(seed, step, shard);
        var tokens = new List<int>(rows + context);
        var targets = new List<int>(rows + context);
        var starts = new List<int>();
        while (tokens.Count < rows)
        {
            starts.Add(tokens.Count);
            var (ids, learnt) = Encode(writer.Draw(random));
            var length = Math.Min(ids.Count - 1, random.Chance(CutShare) ? CutMin + random.Below(CutMin) : context);
            tokens.AddRange(ids.Take(length));
            targets.AddRange(Enumerable.Range(1, length).Select(i => learnt[i] ? ids[i] : Batch.NoTarget));
        }
        return new Batch([.. tokens.Take(rows)], [.. targets.Take(rows)], [.. starts, rows]);
    }

    /// <summary>The ids that ask a question, up to where the answer begins.</summary>
    public static List<int> Prompt(Vocabulary vocabulary, string question) =>
        [Vocabulary.User, .. vocabulary.Encode(question), Vocabulary.End, Vocabulary.Assistant];

    /// <summary>The vocabulary that belongs to the seed.</summary>
    public static Vocabulary LearnVocabulary(ConversationWriter writer, TrainingOptions options)
    {
        var random = new CountedRandom(options.Seed);
        var texts = Enumerable
            .Range(0, options.VocabularyDocuments)
            .SelectMany(_ => writer.Draw(random).Turns)
            .SelectMany(turn => new[] { turn.User, turn.Assistant });
        return BpeTrainer.Train(texts, options.Shape.Vocabulary, options.VocabularyCountMin);
    }

    // Ids, and whether each is to be learnt.
    private (List<int> Ids, List<bool> Learnt) Encode(Conversation conversation)
    {
        var ids = new List<int>();
        var learnt = new List<bool>();
        void Add(int control, string text, bool learn)
        {
            ids.Add(control);
            ids.AddRange(vocabulary.Encode(text));
            ids.Add(Vocabulary.End);
            learnt.Add(false);
            learnt.AddRange(Enumerable.Repeat(learn, ids.Count - learnt.Count));
        }
        if (conversation.System is not null)
        {
            Add(Vocabulary.System, conversation.System, learn: false);
        }
        foreach (var turn in conversation.Turns)
        {
            if (turn.User.Length > 0)
            {
                Add(Vocabulary.User, turn.User, learn: false);
                Add(Vocabulary.Assistant, turn.Assistant, learn: true);
            }
            else
            {
                Add(Vocabulary.End, turn.Assistant, learn: true);
            }
        }
        return (ids, learnt);
    }
}
