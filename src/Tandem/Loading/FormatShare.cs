namespace Tandem.Loading;

/// <summary>What of a model is stored in one number format.</summary>
/// <param name="Format">The format's name.</param>
/// <param name="Tensors">How many tensors.</param>
/// <param name="Parameters">How many numbers they hold.</param>
/// <param name="Bytes">Bytes that they take in the file.</param>
public sealed record FormatShare(string Format, int Tensors, long Parameters, long Bytes);
