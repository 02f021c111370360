using Tandem.Kernels;

namespace Tandem.Planning.Costs;

/// <summary>What one layer costs.</summary>
public sealed record BlockCost
{
    /// <summary>The layer's number.</summary>
    public required int Layer { get; init; }

    /// <summary>Its matrices.</summary>
    public required IReadOnlyList<MatrixCost> Matrices { get; init; }

    /// <summary>Positions that a query sees; 0 for all before it.</summary>
    public required int Window { get; init; }

    /// <summary>Bytes in the file.</summary>
    public long Bytes => Matrices.Sum(matrix => matrix.Bytes);

    /// <summary>Bytes of the file that a token by itself reads.</summary>
    public long BytesAToken => Matrices.Sum(matrix => matrix.ExpertBytes * matrix.ExpertsUsed);

    /// <summary>Multiply-adds of a token with weights.</summary>
    public long MultiplyAdds => Matrices.Sum(matrix => matrix.MultiplyAdds);

    /// <summary>Whether another layer costs the same, whatever is asked of both.</summary>
    public bool CostsLike(BlockCost other) => Window == other.Window && Matrices.SequenceEqual(other.Matrices);

    /// <summary>How many positions a query at some position sees, its own included.</summary>
    public double Sees(double position) => Window == 0 ? position + 1 : Math.Min(position + 1, Window);

    /// <summary>
    /// For how many positions a row's queries are multiplied with keys and values when they see so many: a row by itself meets all keys of
    /// its last page, and of the values those that it sees; the rows of a prompt go through whole pages together, and compute what only some of them see.
    /// </summary>
    /// <param name="seen">Positions that they see, on average.</param>
    /// <param name="rows">Rows of the sequence in the step.</param>
    internal static double Computed(double seen, int rows) =>
        rows > 1 ? seen + KvPage.Length / 2.0 : (seen + Math.Ceiling(seen / KvPage.Length) * KvPage.Length) / 2;
}
