using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>What is made of a step's logits, on rank 0 of the last stage.</summary>
internal interface IStepReader
{
    /// <summary>Reads what the worker has computed.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="worker">Rank 0 of the last stage.</param>
    /// <param name="result">Is filled.</param>
    /// <exception cref="InputException">The model gives no finite numbers.</exception>
    void Read(StepPlan plan, Worker worker, StepResult result);
}
