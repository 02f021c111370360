using static Tandem.Trainer.ParameterLayout;

namespace Tandem.Trainer;

/// <summary>
/// A Llama-shaped network: forward pass, cross-entropy and backward pass, written out. It holds no state of a pass:
/// weights, activations and gradients come with each call, so workers share it.
/// R stands for rows, S for rows with a target, d for the width, f for feed-forward, V for the vocabulary.
/// </summary>
/// <param name="shape">The network's sizes.</param>
internal sealed unsafe class Network(NetworkShape shape) : IDisposable
{
    private readonly int _width = shape.Width;
    private readonly Attention _attention = new(shape);
    private readonly RotaryTable _rotary = new(shape);

    /// <summary>Fills the workspace's activations and the logits of the rows that have a target, [S, V].</summary>
    public void Forward(Weights weights, Batch batch, Workspace workspace)
    {
        var embedding = weights.At(weights.Layout.Embedding);
        var x = workspace.Layers[0].Input.Data; // [R, d]
        for (var row = 0; row < batch.Rows; row++)
        {
            Copy(embedding + (batch.Tokens[row] * _width), x + (row * _width));
        }
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var output = layer + 1 < shape.Layers ? workspace.Layers[layer + 1].Input : workspace.Output;
            ForwardBlock(weights, weights.Layout.Blocks[layer], batch, workspace, workspace.Layers[layer], output.Data);
        }
        workspace.SampledCount = 0;
        for (var row = 0; row < batch.Rows; row++)
        {
            if (batch.Targets[row] != Batch.NoTarget)
            {
                Copy(
                    workspace.Output.Data + (row * _width),
                    workspace.Sampled.Data + (workspace.SampledCount * _width)
                );
                workspace.SampledRows[workspace.SampledCount++] = row;
            }
        }
        var sampled = workspace.SampledCount;
        var normed = workspace.SampledNormed.Data; // [S, d]
        Rowwise.Norm(workspace.Sampled.Data, weights.At(weights.Layout.OutputNorm), normed, sampled, _width);
        Project(weights, weights.Layout.Embedding, normed, workspace.Logits.Data, sampled);
    }

    /// <summary>Sum of the targets' cross-entropies in nats; logits become their gradients.</summary>
    /// <param name="batch">The targets.</param>
    /// <param name="workspace">Holds the logits.</param>
    /// <param name="scale">Multiplies the gradients: one over the targets of the whole step.</param>
    public double Loss(Batch batch, Workspace workspace, float scale)
    {
        var loss = 0.0;
        for (var i = 0; i < workspace.SampledCount; i++)
        {
            var logits = workspace.Logits.Data + ((long)i * shape.Vocabulary);
            var target = batch.Targets[workspace.SampledRows[i]];
            var targetLogit = logits[target];
            loss += Rowwise.Softmax(logits, shape.Vocabulary, shape.Vocabulary, 1) - targetLogit;
            logits[target] -= 1;
            foreach (ref var value in new Span<float>(logits, shape.Vocabulary))
            {
                value *= scale;
            }
        }
        return loss;
    }

    /// <summary>Adds the gradients of all parameters, in their layout, to <paramref name="gradients"/>.</summary>
    public void Backward(Weights weights, Batch batch, Workspace workspace, FloatBuffer gradients)
    {
        var layout = weights.Layout;
        var dx = workspace.Residual.Data; // [R, d]
        BackwardHead(weights, batch, workspace, gradients);
        for (var layer = shape.Layers - 1; layer >= 0; layer--)
        {
            BackwardBlock(weights, layout.Blocks[layer], batch, workspace, workspace.Layers[layer], gradients);
        }
        for (var row = 0; row < batch.Rows; row++)
        {
            var token = batch.Tokens[row];
            Rowwise.Add(dx + (row * _width), gradients.Data + layout.Embedding.Offset + (token * _width), _width);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _rotary.Dispose();

    private void ForwardBlock(
        Weights weights,
        Block block,
        Batch batch,
        Workspace workspace,
        Workspace.Layer layer,
        float* output
    )
    {
        var rows = batch.Rows;
        Rowwise.Norm(layer.Input.Data, weights.At(block.AttentionNorm), layer.AttentionNormed.Data, rows, _width);
        Project(weights, block.QueryKeyValue, layer.AttentionNormed.Data, layer.QueryKeyValue.Data, rows);
        Turn(batch, layer.QueryKeyValue.Data, back: false);
        _attention.Forward(batch, workspace, layer);
        Copy(layer.Input.Data, layer.Middle.Data, rows);
        Project(weights, block.AttentionOut, layer.Attended.Data, layer.Middle.Data, rows, accumulate: true);
        Rowwise.Norm(layer.Middle.Data, weights.At(block.FeedForwardNorm), layer.FeedForwardNormed.Data, rows, _width);
        Project(weights, block.GateUp, layer.FeedForwardNormed.Data, layer.GateUp.Data, rows);
        Rowwise.Gate(layer.GateUp.Data, layer.Gated.Data, rows, shape.FeedForward);
        Copy(layer.Middle.Data, output, rows);
        Project(weights, block.Down, layer.Gated.Data, output, rows, accumulate: true);
    }

    private void BackwardHead(Weights weights, Batch batch, Workspace workspace, FloatBuffer gradients)
    {
        var (layout, sampled) = (weights.Layout, workspace.SampledCount);
        var dNormed = workspace.Narrow.Data; // [S, d]
        ProjectBack(
            weights,
            layout.Embedding,
            workspace.SampledNormed.Data,
            workspace.Logits.Data,
            dNormed,
            sampled,
            gradients
        );
        var dSampled = workspace.Gated.Data; // [S, d], for a moment
        new Span<float>(dSampled, sampled * _width).Clear();
        Rowwise.NormBack(
            workspace.Sampled.Data,
            weights.At(layout.OutputNorm),
            dNormed,
            dSampled,
            gradients.Data + layout.OutputNorm.Offset,
            sampled,
            _width
        );
        new Span<float>(workspace.Residual.Data, batch.Rows * _width).Clear();
        for (var i = 0; i < sampled; i++)
        {
            Copy(dSampled + (i * _width), workspace.Residual.Data + (workspace.SampledRows[i] * _width));
        }
    }

    private void BackwardBlock(
        Weights weights,
        Block block,
        Batch batch,
        Workspace workspace,
        Workspace.Layer layer,
        FloatBuffer gradients
    )
    {
        var rows = batch.Rows;
        var dx = workspace.Residual.Data; // [R, d]
        var narrow = workspace.Narrow.Data; // [R, d]
        ProjectBack(weights, block.Down, layer.Gated.Data, dx, workspace.Gated.Data, rows, gradients);
        Rowwise.GateBack(layer.GateUp.Data, workspace.Gated.Data, workspace.GateUp.Data, rows, shape.FeedForward);
        var gateUp = workspace.GateUp.Data; // [R, 2 f]
        ProjectBack(weights, block.GateUp, layer.FeedForwardNormed.Data, gateUp, narrow, rows, gradients);
        NormBack(weights, block.FeedForwardNorm, layer.Middle.Data, narrow, dx, rows, gradients);

        ProjectBack(weights, block.AttentionOut, layer.Attended.Data, dx, narrow, rows, gradients);
        _attention.Backward(batch, workspace, layer);
        var queryKeyValue = workspace.QueryKeyValue.Data; // [R, 3 d]
        Turn(batch, queryKeyValue, back: true);
        ProjectBack(weights, block.QueryKeyValue, layer.AttentionNormed.Data, queryKeyValue, narrow, rows, gradients);
        NormBack(weights, block.AttentionNorm, layer.Input.Data, narrow, dx, rows, gradients);
    }

    // y = x·Wᵀ, or y += x·Wᵀ.
    private static void Project(Weights weights, Matrix matrix, float* x, float* y, int rows, bool accumulate = false)
    {
        var input = new Gemm.Rows(x, matrix.Columns).Plain;
        var output = new Gemm.Rows(y, matrix.Rows);
        Gemm.Multiply(input, weights.Transposed(matrix), output, rows, matrix.Rows, matrix.Columns, accumulate);
    }

    // dx = dy·W and dW += dyᵀ·x.
    private static void ProjectBack(
        Weights weights,
        Matrix matrix,
        float* x,
        float* dy,
        float* dx,
        int rows,
        FloatBuffer gradients
    )
    {
        var input = new Gemm.Rows(x, matrix.Columns);
        var change = new Gemm.Rows(dy, matrix.Rows);
        var gradient = new Gemm.Rows(gradients.Data + matrix.Offset, matrix.Columns);
        Gemm.Multiply(change.Transposed, input, gradient, matrix.Rows, matrix.Columns, rows, accumulate: true);
        var dInput = new Gemm.Rows(dx, matrix.Columns);
        Gemm.Multiply(change.Plain, weights.Plain(matrix), dInput, rows, matrix.Columns, matrix.Rows);
    }

    private void NormBack(
        Weights weights,
        Matrix gain,
        float* x,
        float* dy,
        float* dx,
        int rows,
        FloatBuffer gradients
    ) => Rowwise.NormBack(x, weights.At(gain), dy, dx, gradients.Data + gain.Offset, rows, _width);

    private void Turn(Batch batch, float* queryKeyValue, bool back)
    {
        for (var document = 0; document < batch.Documents; document++)
        {
            var start = batch.Starts[document];
            for (var row = start; row < batch.Starts[document + 1]; row++)
            {
                _rotary.Turn(queryKeyValue + (row * 3 * _width), 2 * _width, row - start, back);
            }
        }
    }

    private void Copy(float* from, float* to, int rows = 1) =>
        new ReadOnlySpan<float>(from, rows * _width).CopyTo(new Span<float>(to, rows * _width));
}
