using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>Gives the logits of the sampled rows as they are.</summary>
internal sealed class RawLogitsReader : IStepReader
{
    /// <inheritdoc/>
    public void Read(StepPlan plan, Worker worker, StepResult result)
    {
        result.Count = plan.SampledRows;
        for (var row = 0; row < result.Count; row++)
        {
            worker.Step.Logits.Read(row).CopyTo(result.Logits.AsSpan(row * result.LogitsLength));
        }
    }
}
