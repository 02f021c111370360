namespace Tandem.Kernels.Generated;

/// <summary>Rows and tokens that a kernel multiplies at a time.</summary>
/// <param name="Groups">Groups of 16 rows, which share each number that is read of the activations.</param>
/// <param name="Tokens">Tokens.</param>
internal readonly record struct TileSize(int Groups, int Tokens)
{
    // Weights or scales of two vectors, a number of the activations, and one to compute in.
    private const int OtherRegisters = 4;

    // As many as two base registers reach by strides.
    private const int TokensMax = 6;

    /// <summary>The largest tile whose outputs stay in registers.</summary>
    /// <param name="set">What the kernel is made of.</param>
    /// <param name="registersAnOutput">Registers for each vector of outputs.</param>
    public static TileSize Max(InstructionSet set, int registersAnOutput)
    {
        const int Vectors = 2;
        var tokens = (set.Registers - OtherRegisters) / (Vectors * registersAnOutput);
        return new TileSize(Vectors / set.VectorsAGroup, Math.Min(tokens, TokensMax));
    }
}
