using System.Numerics.Tensors;
using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Serving;

/// <summary>A text that is to be embedded, on its way.</summary>
/// <param name="tokens">The text's token ids.</param>
/// <param name="time">The clock.</param>
internal sealed class EmbeddingJob(IReadOnlyList<int> tokens, TimeProvider time)
    : Job(new Sequence([.. tokens], 0, SamplingParameters.Greedy) { Embed = true }, time)
{
    private readonly TaskCompletionSource<float[]> _embedding = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The embedding, of length 1.</summary>
    public Task<float[]> Embedding => _embedding.Task;

    /// <inheritdoc/>
    public override bool Deliver(SampledToken token, StepResult result)
    {
        var embedding = result.Embeddings.AsSpan(token.Row * result.EmbeddingLength, result.EmbeddingLength).ToArray();
        // All zero stays all zero.
        if (TensorPrimitives.Norm<float>(embedding) is > 0 and var norm)
        {
            TensorPrimitives.Divide(embedding, norm, embedding);
        }
        _embedding.TrySetResult(embedding);
        return true;
    }

    /// <inheritdoc/>
    public override void End(Exception? error)
    {
        if (error is null)
        {
            _embedding.TrySetCanceled();
        }
        else
        {
            _embedding.TrySetException(error);
        }
    }
}
