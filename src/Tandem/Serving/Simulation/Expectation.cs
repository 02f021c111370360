namespace Tandem.Serving.Simulation;

/// <summary>What is expected of a request.</summary>
/// <param name="TtftSeconds">Seconds to its first token.</param>
/// <param name="TpotSeconds">Seconds of each token after it; null where there is none, or it depends on how many guesses are right.</param>
public sealed record Expectation(double TtftSeconds, double? TpotSeconds);
