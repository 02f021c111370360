namespace Tandem.Serving.Batches;

/// <summary>What came of a line.</summary>
/// <param name="Record">The line of the output, its line feed included.</param>
/// <param name="IsError">Whether it tells of an error.</param>
internal sealed record BatchResult(byte[] Record, bool IsError);
