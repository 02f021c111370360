namespace Tandem.Planning.Costs;

/// <summary>What a matrix costs, or all experts' matrices of one kind.</summary>
public sealed record MatrixCost
{
    /// <summary>Its name within the block, such as <c>attn_q</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its number format.</summary>
    public required string Format { get; init; }

    /// <summary>Weights, of one expert where there are experts.</summary>
    public required long Weights { get; init; }

    /// <summary>Bytes in the file, of one expert where there are experts.</summary>
    public required long ExpertBytes { get; init; }

    /// <summary>How ranks share it.</summary>
    public required MatrixCut Cut { get; init; }

    /// <summary>Experts; 1 where it is dense.</summary>
    public int Experts { get; init; } = 1;

    /// <summary>Experts that a token goes through.</summary>
    public int ExpertsUsed { get; init; } = 1;

    /// <summary>Bytes in the file.</summary>
    public long Bytes => ExpertBytes * Experts;

    /// <summary>Multiply-adds of a token.</summary>
    public long MultiplyAdds => Weights * ExpertsUsed;

    /// <summary>
    /// How many experts some tokens go through together, where each chooses its own as if by lot: E · (1 − (1 − k/E)ᵗ).
    /// </summary>
    public double ExpertsRead(double tokens) =>
        Experts == 1 ? 1 : Experts * (1 - Math.Pow(1 - (double)ExpertsUsed / Experts, tokens));
}
