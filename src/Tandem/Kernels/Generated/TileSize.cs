namespace Tandem.Kernels.Generated;

/// <summary>Rows and tokens that a kernel multiplies at a time.</summary>
/// <param name="Groups">Groups of 16 rows, which share each number that is read of the activations.</param>
/// <param name="Tokens">Tokens.</param>
/// <param name="Vectors">Vectors of the groups' rows that are multiplied together, before the others are.</param>
internal readonly record struct TileSize(int Groups, int Tokens, int Vectors);
