namespace Tandem.Trainer;

/// <summary>
/// Causal attention of each document to itself, and its derivative. Scores are made in blocks of 32 rows, so that
/// little above the diagonal is computed. L stands for a document's length, h for a head's width, d for the width.
/// </summary>
/// <param name="shape">The network's sizes; heads are a multiple of 32 wide.</param>
internal sealed unsafe class Attention(NetworkShape shape)
{
    private const int Block = Gemm.ColumnMultiple;
    private readonly int _width = shape.Width;
    private readonly int _headWidth = shape.HeadWidth;
    private readonly float _scale = 1 / MathF.Sqrt(shape.HeadWidth);

    /// <summary>Fills a layer's probabilities and attended activations from its queries, keys and values.</summary>
    public void Forward(Batch batch, Workspace workspace, Workspace.Layer layer)
    {
        foreach (var part in Parts(batch, workspace))
        {
            var (queries, keys, values) = Split(layer.QueryKeyValue.Data, part);
            var probabilities = Probabilities(layer, part);
            var attended = Head(layer.Attended.Data, part);
            var transposed = Transpose(keys, part, workspace);
            for (var row = 0; row < part.Length; row += Block)
            {
                var rows = Math.Min(Block, part.Length - row);
                var scores = probabilities.At(row, 0);
                Gemm.Multiply(queries.At(row, 0).Plain, transposed, scores, rows, row + Block, _headWidth);
                for (var i = 0; i < rows; i++)
                {
                    _ = Rowwise.Softmax(scores.At(i, 0).Data, row + i + 1, row + Block, _scale);
                }
                Gemm.Multiply(scores.Plain, values, attended.At(row, 0), rows, _headWidth, row + rows);
            }
        }
    }

    /// <summary>Fills the gradient of queries, keys and values from that of the attended activations (in Narrow).</summary>
    public void Backward(Batch batch, Workspace workspace, Workspace.Layer layer)
    {
        foreach (var part in Parts(batch, workspace))
        {
            var (queries, keys, values) = Split(layer.QueryKeyValue.Data, part);
            var (dQueries, dKeys, dValues) = Split(workspace.QueryKeyValue.Data, part);
            var probabilities = Probabilities(layer, part);
            var dAttended = Head(workspace.Narrow.Data, part);
            var dScores = new Gemm.Rows(workspace.Scores.Data, part.Padded);
            var transposed = Transpose(values, part, workspace);
            for (var row = 0; row < part.Length; row += Block)
            {
                var rows = Math.Min(Block, part.Length - row);
                var block = dScores.At(row, 0);
                Gemm.Multiply(dAttended.At(row, 0).Plain, transposed, block, rows, row + Block, _headWidth);
                for (var i = 0; i < rows; i++)
                {
                    Rowwise.SoftmaxBack(probabilities.At(row + i, 0).Data, block.At(i, 0).Data, row + Block, _scale);
                }
                Gemm.Multiply(block.Plain, keys, dQueries.At(row, 0), rows, _headWidth, row + rows);
            }
            for (var column = 0; column < part.Length; column += Block)
            {
                var columns = Math.Min(Block, part.Length - column);
                var below = part.Length - column;
                var weights = probabilities.At(column, column).Transposed;
                Gemm.Multiply(weights, dAttended.At(column, 0), dValues.At(column, 0), columns, _headWidth, below);
                var changes = dScores.At(column, column).Transposed;
                Gemm.Multiply(changes, queries.At(column, 0), dKeys.At(column, 0), columns, _headWidth, below);
            }
        }
    }

    private IEnumerable<Part> Parts(Batch batch, Workspace workspace)
    {
        for (var head = 0; head < shape.Heads; head++)
        {
            var offset = (long)head * workspace.RowsMax * workspace.RowsMax;
            for (var document = 0; document < batch.Documents; document++)
            {
                var start = batch.Starts[document];
                var part = new Part(head, start, batch.Starts[document + 1] - start, offset);
                yield return part;
                offset += (long)part.Length * part.Padded;
            }
        }
    }

    // Each is [L, h], a head's columns within rows of 3 d.
    private (Gemm.Rows Queries, Gemm.Rows Keys, Gemm.Rows Values) Split(float* data, Part part)
    {
        var queries = new Gemm.Rows(data, 3 * _width).At(part.Start, part.Head * _headWidth);
        return (queries, queries.At(0, _width), queries.At(0, 2 * _width));
    }

    // [L, h], a head's columns within rows of d.
    private Gemm.Rows Head(float* data, Part part) =>
        new Gemm.Rows(data, _width).At(part.Start, part.Head * _headWidth);

    // [L, L padded]
    private static Gemm.Rows Probabilities(Workspace.Layer layer, Part part) =>
        new(layer.Probabilities.Data + part.Offset, part.Padded);

    // [h, L padded], zero behind L so that padding scores nothing but zeros.
    private Gemm.Rows Transpose(Gemm.Rows from, Part part, Workspace workspace)
    {
        var to = workspace.HeadTransposed.Data;
        for (var column = 0; column < _headWidth; column++, to += part.Padded)
        {
            for (var row = 0; row < part.Padded; row++)
            {
                to[row] = row < part.Length ? from.Data[(row * from.Stride) + column] : 0;
            }
        }
        return new Gemm.Rows(workspace.HeadTransposed.Data, part.Padded);
    }

    /// <summary>One head of one document.</summary>
    /// <param name="Head">Which head.</param>
    /// <param name="Start">The document's first row.</param>
    /// <param name="Length">Its rows.</param>
    /// <param name="Offset">Where its probabilities begin.</param>
    private readonly record struct Part(int Head, int Start, int Length, long Offset)
    {
        public int Padded => (Length + Block - 1) / Block * Block;
    }
}
