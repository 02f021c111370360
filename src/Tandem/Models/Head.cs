using Tandem.Devices;

namespace Tandem.Models;

/// <summary>The residual stream of the sampled rows to logits.</summary>
internal sealed class Head(Norm norm, Linear output, float factor, float cap)
{
    /// <summary>The norm before the output.</summary>
    public Norm Norm => norm;

    /// <summary>Fills <see cref="Step.Logits"/>.</summary>
    public void Forward(Step step)
    {
        var device = step.Device;
        device.GatherSampled(step.Hidden, norm, step.Sampled);
        output.Forward(device, step.Sampled, step.Logits, device.SampledRows);
        if (factor != 1 || cap > 0)
        {
            device.ScaleLogits(step.Logits, factor, cap);
        }
    }
}
