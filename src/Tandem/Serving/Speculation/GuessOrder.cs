using Tandem.Scheduling;

namespace Tandem.Serving.Speculation;

/// <summary>How many guesses a sequence is to get for its next step.</summary>
internal readonly record struct GuessOrder(Sequence Sequence, int Count);
