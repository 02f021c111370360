namespace Tandem.Trainer;

/// <summary>Where each parameter lies in one flat array; gradients and optimiser state lie the same way.</summary>
internal sealed class ParameterLayout
{
    private readonly List<Matrix> _matrices = [];

    /// <summary>The layout of a network of that shape.</summary>
    public ParameterLayout(NetworkShape shape)
    {
        Shape = shape;
        Embedding = Add(shape.Vocabulary, shape.Width);
        Blocks = new Block[shape.Layers];
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            Blocks[layer] = new Block(
                AttentionNorm: Add(1, shape.Width),
                QueryKeyValue: Add(3 * shape.Width, shape.Width),
                AttentionOut: Add(shape.Width, shape.Width),
                FeedForwardNorm: Add(1, shape.Width),
                GateUp: Add(2 * shape.FeedForward, shape.Width),
                Down: Add(shape.Width, shape.FeedForward)
            );
        }
        OutputNorm = Add(1, shape.Width);
    }

    /// <summary>The network's sizes.</summary>
    public NetworkShape Shape { get; }

    /// <summary>How many parameters there are.</summary>
    public int Length { get; private set; }

    /// <summary>Token embeddings, [vocabulary, width]; also the output projection.</summary>
    public Matrix Embedding { get; }

    /// <summary>The blocks in order.</summary>
    public Block[] Blocks { get; }

    /// <summary>Gains of the last norm, [width].</summary>
    public Matrix OutputNorm { get; }

    /// <summary>All matrices and gains, in the order in which they lie.</summary>
    public IReadOnlyList<Matrix> Matrices => _matrices;

    private Matrix Add(int rows, int columns)
    {
        var matrix = new Matrix(Length, rows, columns);
        _matrices.Add(matrix);
        Length += matrix.Length;
        return matrix;
    }

    /// <summary>One matrix, by rows: y = W·x with W [outputs, inputs]. A single row is the gains of a norm.</summary>
    /// <param name="Offset">Its first value in the flat array.</param>
    /// <param name="Rows">Outputs.</param>
    /// <param name="Columns">Inputs.</param>
    internal readonly record struct Matrix(int Offset, int Rows, int Columns)
    {
        /// <summary>Values in it.</summary>
        public int Length => Rows * Columns;

        /// <summary>Whether it is the gains of a norm, which do not decay.</summary>
        public bool IsNorm => Rows == 1;

        /// <summary>Some of its rows.</summary>
        public Matrix Part(int firstRow, int rows) => new(Offset + (firstRow * Columns), rows, Columns);
    }

    /// <summary>The parameters of one block.</summary>
    /// <param name="AttentionNorm">Gains, [width].</param>
    /// <param name="QueryKeyValue">Queries, keys and values one below the other, [3 × width, width].</param>
    /// <param name="AttentionOut">[width, width].</param>
    /// <param name="FeedForwardNorm">Gains, [width].</param>
    /// <param name="GateUp">Gate above up, [2 × feed-forward, width].</param>
    /// <param name="Down">[width, feed-forward].</param>
    internal sealed record Block(
        Matrix AttentionNorm,
        Matrix QueryKeyValue,
        Matrix AttentionOut,
        Matrix FeedForwardNorm,
        Matrix GateUp,
        Matrix Down
    );
}
