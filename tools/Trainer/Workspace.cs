namespace Tandem.Trainer;

/// <summary>
/// What one worker keeps of a shard's forward pass for its backward pass, and room for the gradients of activations.
/// R stands for the rows, d for the width, f for feed-forward, h for a head's width.
/// </summary>
internal sealed class Workspace : IDisposable
{
    private readonly List<FloatBuffer> _buffers = [];

    /// <summary>Room for so many rows.</summary>
    /// <param name="shape">The network's sizes.</param>
    /// <param name="rowsMax">Most rows of a shard.</param>
    public Workspace(NetworkShape shape, int rowsMax)
    {
        RowsMax = (rowsMax + Gemm.ColumnMultiple - 1) / Gemm.ColumnMultiple * Gemm.ColumnMultiple;
        long rows = RowsMax;
        Layers = new Layer[shape.Layers];
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            Layers[layer] = new Layer(
                Input: New(rows * shape.Width),
                AttentionNormed: New(rows * shape.Width),
                QueryKeyValue: New(rows * 3 * shape.Width),
                Probabilities: New(shape.Heads * rows * rows),
                Attended: New(rows * shape.Width),
                Middle: New(rows * shape.Width),
                FeedForwardNormed: New(rows * shape.Width),
                GateUp: New(rows * 2 * shape.FeedForward),
                Gated: New(rows * shape.FeedForward)
            );
        }
        Output = New(rows * shape.Width);
        Sampled = New(rows * shape.Width);
        SampledNormed = New(rows * shape.Width);
        Logits = New(rows * shape.Vocabulary);
        SampledRows = new int[RowsMax];
        Residual = New(rows * shape.Width);
        Narrow = New(rows * shape.Width);
        QueryKeyValue = New(rows * 3 * shape.Width);
        GateUp = New(rows * 2 * shape.FeedForward);
        Gated = New(rows * shape.FeedForward);
        HeadTransposed = New(rows * shape.HeadWidth);
        Scores = New(rows * rows);
    }

    /// <summary>Most rows of a shard, a multiple of 32.</summary>
    public int RowsMax { get; }

    /// <summary>What each block keeps.</summary>
    public Layer[] Layers { get; }

    /// <summary>The last block's output, [R, d].</summary>
    public FloatBuffer Output { get; }

    /// <summary>Rows of the output that have a target, [sampled, d].</summary>
    public FloatBuffer Sampled { get; }

    /// <summary>The same after the last norm, [sampled, d].</summary>
    public FloatBuffer SampledNormed { get; }

    /// <summary>Logits, and after the loss their gradients, [sampled, vocabulary].</summary>
    public FloatBuffer Logits { get; }

    /// <summary>Which rows have a target.</summary>
    public int[] SampledRows { get; }

    /// <summary>How many rows have a target.</summary>
    public int SampledCount { get; set; }

    /// <summary>Gradient of the residual stream, [R, d].</summary>
    public FloatBuffer Residual { get; }

    /// <summary>Gradient of a normed or attended activation, [R, d].</summary>
    public FloatBuffer Narrow { get; }

    /// <summary>Gradient of queries, keys and values, [R, 3 d].</summary>
    public FloatBuffer QueryKeyValue { get; }

    /// <summary>Gradient of gate and up, [R, 2 f].</summary>
    public FloatBuffer GateUp { get; }

    /// <summary>Gradient of the gated activation, [R, f].</summary>
    public FloatBuffer Gated { get; }

    /// <summary>Keys or values of one head of one document, transposed, [h, R].</summary>
    public FloatBuffer HeadTransposed { get; }

    /// <summary>Gradient of one head's scores in one document, [R, R].</summary>
    public FloatBuffer Scores { get; }

    /// <inheritdoc />
    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private FloatBuffer New(long length)
    {
        var buffer = new FloatBuffer(length);
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>What a block keeps.</summary>
    /// <param name="Input">[R, d].</param>
    /// <param name="AttentionNormed">[R, d].</param>
    /// <param name="QueryKeyValue">After rotation, [R, 3 d].</param>
    /// <param name="Probabilities">For each head, document by document, [length, length rounded up to 32].</param>
    /// <param name="Attended">[R, d].</param>
    /// <param name="Middle">The residual stream between attention and feed-forward, [R, d].</param>
    /// <param name="FeedForwardNormed">[R, d].</param>
    /// <param name="GateUp">[R, 2 f].</param>
    /// <param name="Gated">[R, f].</param>
    internal sealed record Layer(
        FloatBuffer Input,
        FloatBuffer AttentionNormed,
        FloatBuffer QueryKeyValue,
        FloatBuffer Probabilities,
        FloatBuffer Attended,
        FloatBuffer Middle,
        FloatBuffer FeedForwardNormed,
        FloatBuffer GateUp,
        FloatBuffer Gated
    );
}
