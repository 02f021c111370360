using Tandem.Formats;

namespace Tandem.Plans;

/// <summary>Where a tensor lies in a model's files.</summary>
/// <param name="Name">The tensor's name in the file, such as <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Format">Its number format.</param>
/// <param name="Shape">Lengths, fastest first as GGUF writes them: a matrix is [columns, rows], experts [columns, rows, experts].</param>
/// <param name="Part">Which of the model's files holds it, from 0.</param>
/// <param name="Offset">First byte within that file, from the file's start.</param>
public sealed record TensorInfo(string Name, Format Format, IReadOnlyList<long> Shape, int Part, long Offset)
{
    /// <summary>Length of a row, in values.</summary>
    public long Columns => Shape.Count > 0 ? Shape[0] : 1;

    /// <summary>Rows over all higher dimensions.</summary>
    public long Rows => Shape.Skip(1).Aggregate(1L, (product, length) => product * length);

    /// <summary>Bytes that the tensor takes in the file.</summary>
    public long Bytes => Format.BytesOf(Columns) * Rows;
}
