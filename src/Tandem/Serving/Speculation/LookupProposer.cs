using Tandem.Scheduling;

namespace Tandem.Serving.Speculation;

/// <summary>Guesses from each sequence's own text.</summary>
/// <param name="sequencesMax">The most sequences that run.</param>
internal sealed class LookupProposer(int sequencesMax) : IProposer
{
    // An index begins with room for this much of an answer.
    private const int AnswerTokens = 4_096;

    private readonly PromptLookup[] _lookups = // by slot
    [.. Enumerable.Range(0, sequencesMax).Select(_ => new PromptLookup())];
    private readonly int[] _guesses = new int[Speculator.GuessesMax];

    /// <inheritdoc/>
    public int Kinds => PromptLookup.Kinds;

    /// <summary>Nothing that would count beside a step.</summary>
    public double GuessSeconds => 0;

    /// <inheritdoc/>
    public void Begin(Sequence sequence) =>
        _lookups[sequence.Slot].Clear(sequence.Length + Math.Min(sequence.GeneratedMax, AnswerTokens));

    /// <inheritdoc/>
    public int Find(Sequence sequence) => _lookups[sequence.Slot].Find(sequence.Tokens);

    /// <inheritdoc/>
    public void Guess(ReadOnlySpan<GuessOrder> orders)
    {
        foreach (var (sequence, count) in orders)
        {
            var guesses = _guesses.AsSpan(0, count);
            _lookups[sequence.Slot].Copy(sequence.Tokens, guesses);
            sequence.Propose(guesses);
        }
    }

    /// <summary>Nothing is held.</summary>
    public void Dispose() { }
}
