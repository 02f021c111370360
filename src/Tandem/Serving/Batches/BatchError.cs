namespace Tandem.Serving.Batches;

/// <summary>Why a line of a batch is no request.</summary>
/// <param name="Code">A word that programs may look for.</param>
/// <param name="Message">One line: what was found and what was expected.</param>
internal sealed record BatchError(string Code, string Message);
