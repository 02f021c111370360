using System.Numerics.Tensors;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>
/// Pools the hidden states of prompts that are embedded, which come in chunks. Rows are added one by one in order, so
/// the result is the same for every chunking.
/// </summary>
/// <param name="pooling">How.</param>
/// <param name="sequencesMax">Sequences that run at the same time.</param>
/// <param name="width">Length of a hidden state.</param>
internal sealed class EmbeddingPool(Pooling pooling, int sequencesMax, int width)
{
    private readonly float[] _sums = new float[sequencesMax * width]; // by slot
    private readonly float[] _hidden = new float[width];

    /// <summary>Takes in a step's hidden states, and fills the embeddings of the prompts that end with it.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="worker">The worker of the last stage that has run it.</param>
    /// <param name="result">Gets the embeddings.</param>
    public void Add(StepPlan plan, Worker worker, StepResult result)
    {
        var embedding = 0;
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            if (!segment.Embed)
            {
                continue;
            }
            var sum = _sums.AsSpan(segment.Slot * width, width);
            if (segment.FirstPosition == 0)
            {
                sum.Clear();
            }
            var ends = segment.FirstPosition + segment.Rows == segment.PromptLength;
            var end = segment.FirstRow + segment.Rows;
            for (var row = pooling == Pooling.Mean ? segment.FirstRow : end - 1; row < end; row++)
            {
                worker.Model.ReadHidden(worker.Step, row, _hidden);
                if (pooling == Pooling.Mean)
                {
                    TensorPrimitives.Add(sum, _hidden, sum);
                }
            }
            if (ends)
            {
                var pooled = pooling == Pooling.Mean ? sum : _hidden;
                pooled.CopyTo(result.Embeddings.AsSpan(embedding * width));
            }
            embedding++;
        }
    }
}
