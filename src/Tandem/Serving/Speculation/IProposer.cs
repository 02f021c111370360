using Tandem.Scheduling;

namespace Tandem.Serving.Speculation;

/// <summary>Guesses at the next tokens of running sequences; what it knows of one lies under the sequence's slot.</summary>
internal interface IProposer : IDisposable
{
    /// <summary>Kinds of guesses, each of which is right at a rate of its own.</summary>
    int Kinds { get; }

    /// <summary>What the guesses of a step take for each that its longest row of them has, in seconds.</summary>
    double GuessSeconds { get; }

    /// <summary>Begins with a sequence that its slot had not before.</summary>
    void Begin(Sequence sequence);

    /// <summary>What kind of guesses it can make at the next tokens of a sequence; −1 for none.</summary>
    int Find(Sequence sequence);

    /// <summary>Gives guesses to sequences, each of which it was last asked about.</summary>
    void Guess(ReadOnlySpan<GuessOrder> orders);
}
