using Tandem.Devices;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>A norm over the heads of all ranks, as OLMo 2 has it.</summary>
/// <param name="norm">This rank's part of the weight.</param>
/// <param name="counted">The columns of this rank's that no rank before it has as well, of all.</param>
internal sealed class ShardedNorm(Norm norm, Share counted)
{
    /// <summary>Normalises queries or keys in place.</summary>
    public void Forward(Step step, Tensor values)
    {
        if (counted.IsWhole)
        {
            step.Device.Normalise(values, norm);
        }
        else
        {
            step.Device.NormaliseShared(values, norm, counted, step.Sums);
        }
    }
}
