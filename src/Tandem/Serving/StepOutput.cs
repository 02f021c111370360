using Tandem.Models;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>What is made of the logits of a model's steps: tokens and embeddings, or the logits themselves.</summary>
internal sealed record StepOutput
{
    /// <summary>Whether logits come back as they are; nothing is sampled then.</summary>
    public bool IsLogits { get; init; }

    /// <summary>Rows of a step that may be sampled.</summary>
    public required int SampledRowsMax { get; init; }

    /// <summary>The most alternatives reported for a row.</summary>
    public int TopLogProbabilitiesMax { get; init; }

    /// <summary>How embeddings are made.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>Makes what reads the steps of one copy.</summary>
    public IStepReader NewReader(DecoderShape shape, Plan plan) =>
        IsLogits
            ? new RawLogitsReader()
            : new SamplingReader(shape, plan.CachePages, Pooling, shape.WindowMax, SampledRowsMax);

    /// <summary>Makes room for a result.</summary>
    public StepResult NewResult(DecoderShape shape) =>
        IsLogits
            ? new StepResult(SampledRowsMax, 0, logitsLength: shape.Vocabulary)
            : new StepResult(SampledRowsMax, TopLogProbabilitiesMax, shape.Width);
}
