namespace Tandem.Serving.Batches;

/// <summary>What a run of a batch did.</summary>
/// <param name="Found">Results that were there before.</param>
/// <param name="Written">Results that it wrote.</param>
/// <param name="Errors">Those of them that tell of an error.</param>
public sealed record BatchTotals(long Found, long Written, long Errors);
