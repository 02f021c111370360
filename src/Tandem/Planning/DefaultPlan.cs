using Tandem.Planning.Costs;
using Tandem.Plans;

namespace Tandem.Planning;

/// <summary>How a model is split where nothing is known of the machine: ranks over the cores.</summary>
internal static class DefaultPlan
{
    /// <summary>
    /// Bytes of weights that each core should have to read for a generated token: with less it saves the others some 50 µs, and whenever
    /// anything else runs on the machine their meetings cost more (bench/NOTES.md).
    /// </summary>
    public const long BytesACoreMin = 1 << 20;

    /// <summary>
    /// A rank for each core that is worth its meetings, or the most ranks that the model can have with an equal number of cores for each.
    /// </summary>
    /// <param name="cost">The model.</param>
    /// <param name="cores">Cores that may be used.</param>
    public static PlanRequest Of(ModelCost cost, int cores)
    {
        cores = (int)Math.Clamp(cost.BytesAToken / BytesACoreMin, 1, cores);
        var ranks = Math.Min(cores, cost.RanksMax);
        while (cores % ranks > 0)
        {
            ranks--;
        }
        return new PlanRequest { TensorParallel = ranks, Threads = cores / ranks };
    }
}
