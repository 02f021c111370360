namespace Tandem.Parallel;

/// <summary>A value and where in the whole input, not only in its part, it was found.</summary>
/// <param name="Index">Counts from 0.</param>
/// <param name="Value">What was found there.</param>
public readonly record struct Indexed<T>(long Index, T Value);
