using Tandem.Trainer.Text;

namespace Tandem.Trainer;

/// <summary>
/// Answers greedily with the trainer's own forward pass. It runs the whole text again for each token: slow, but it is
/// the very code that was trained, and so a reference for the engine.
/// </summary>
internal sealed unsafe class Speaker(Weights weights, Vocabulary vocabulary) : IDisposable
{
    private readonly NetworkShape _shape = weights.Layout.Shape;
    private readonly Network _network = new(weights.Layout.Shape);
    private readonly Workspace _workspace = new(weights.Layout.Shape, weights.Layout.Shape.Context);

    /// <summary>The answer to a question, and whether it came to an end by itself.</summary>
    public (string Text, bool Ended) Answer(string question)
    {
        var tokens = Corpus.Prompt(vocabulary, question);
        var begin = tokens.Count;
        while (tokens.Count < _shape.Context)
        {
            _network.Forward(weights, Batch.Prompt(tokens), _workspace);
            var logits = new ReadOnlySpan<float>(_workspace.Logits.Data, _shape.Vocabulary);
            var next = 0;
            for (var id = 1; id < logits.Length; id++)
            {
                next = logits[id] > logits[next] ? id : next;
            }
            if (next == Vocabulary.End)
            {
                return (vocabulary.Decode([.. tokens.Skip(begin)]), true);
            }
            tokens.Add(next);
        }
        return (vocabulary.Decode([.. tokens.Skip(begin)]), false);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _network.Dispose();
        _workspace.Dispose();
    }
}
