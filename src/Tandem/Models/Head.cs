using Tandem.Devices;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>The residual stream of the sampled rows to logits.</summary>
/// <param name="norm">The norm before the output.</param>
/// <param name="output">This rank's rows of the output.</param>
/// <param name="vocabulary">The rows of every rank.</param>
/// <param name="factor">Multiplies the logits.</param>
/// <param name="cap">Holds them softly within ± this; 0 for none.</param>
internal sealed class Head(Norm norm, Linear output, IReadOnlyList<Share> vocabulary, float factor, float cap)
{
    /// <summary>The norm before the output.</summary>
    public Norm Norm => norm;

    /// <summary>
    /// Fills <see cref="Step.Logits"/>: rank 0 has all of them, or all that a choice looks at, the others their own.
    /// </summary>
    public void Forward(Step step)
    {
        var device = step.Device;
        device.GatherSampled(step.Hidden, norm, step.Sampled);
        output.Forward(device, step.Sampled, step.Logits, device.SampledRows);
        if (factor != 1 || cap > 0)
        {
            device.ScaleLogits(step.Logits, factor, cap);
        }
        device.GatherLogits(step.Logits, vocabulary, step.WantsWholeLogits ? null : step.TopLogits);
    }
}
