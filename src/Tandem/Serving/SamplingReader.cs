using Tandem.Devices;
using Tandem.Models;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>Samples the rows of steps, and pools the hidden states of what is embedded.</summary>
/// <param name="shape">What kind of decoder it is.</param>
/// <param name="pages">Pages of the cache.</param>
/// <param name="pooling">How embeddings are made.</param>
/// <param name="windowMax">How many positions back any layer looks; null where one looks at all.</param>
/// <param name="sequencesMax">The most sequences, and with it sampled rows, of a step.</param>
internal sealed class SamplingReader(DecoderShape shape, int pages, Pooling pooling, int? windowMax, int sequencesMax)
    : IStepReader
{
    private readonly TokenLog _log = new(pages, KvLayer.PageLength, windowMax ?? int.MaxValue);
    private readonly Sampler _sampler = new(shape.Vocabulary);
    private readonly EmbeddingPool _embeddings = new(pooling, sequencesMax, shape.Width);

    /// <inheritdoc/>
    public void Read(StepPlan plan, Worker worker, StepResult result)
    {
        _log.Record(plan);
        var logits = worker.Step.Logits;
        _sampler.Sample(plan, _log, logits.ReadAll(), logits.Stride, result);
        if (plan.Embeds)
        {
            _embeddings.Add(plan, worker, result);
        }
    }
}
