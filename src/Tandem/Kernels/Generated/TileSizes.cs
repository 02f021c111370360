namespace Tandem.Kernels.Generated;

/// <summary>The tiles of a kind of kernel whose outputs stay in registers.</summary>
internal sealed class TileSizes
{
    private const int VectorsMax = 2;

    // Weights or scales of two vectors, a number of the activations, and one to compute in.
    private const int OtherRegisters = 4;

    // As many as two base registers reach by strides.
    private const int StridedTokensMax = 6;

    private readonly InstructionSet _set;
    private readonly int _wideTokensMax;

    /// <summary>The tiles of a kind of kernel.</summary>
    /// <param name="set">What it is made of.</param>
    /// <param name="registersAnOutput">Registers for each vector of outputs.</param>
    /// <param name="goesVectorByVector">
    /// Whether tiles of more tokens than two vectors of outputs have room for take the group's vectors one after the other: what unpacks
    /// weights then serves twice as many tokens, and each number of the activations is loaded twice.
    /// </param>
    public TileSizes(InstructionSet set, int registersAnOutput, bool goesVectorByVector = false)
    {
        _set = set;
        var outputs = (set.Registers - OtherRegisters) / registersAnOutput;
        _wideTokensMax = Math.Min(outputs / VectorsMax, StridedTokensMax);
        TokensMax = goesVectorByVector ? Math.Min(outputs, StridedTokensMax) : _wideTokensMax;
    }

    /// <summary>Groups of the largest.</summary>
    public int GroupsMax => VectorsMax / _set.VectorsAGroup;

    /// <summary>Tokens of the largest.</summary>
    public int TokensMax { get; }

    /// <summary>The tile of so many groups and tokens.</summary>
    public TileSize Of(int groups, int tokens) =>
        new(groups, tokens, tokens <= _wideTokensMax ? groups * _set.VectorsAGroup : 1);
}
