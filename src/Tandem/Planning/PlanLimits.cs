using Tandem.Kernels;

namespace Tandem.Planning;

/// <summary>How a model is to be run, as far as the memory of its workers depends on it.</summary>
/// <param name="StepRowsMax">Rows of the largest step.</param>
/// <param name="SampledRowsMax">Rows of a step that may be sampled.</param>
/// <param name="CacheType">The number format of cached keys and values.</param>
/// <param name="Kernels">What multiplies, which decides the forms of activations.</param>
/// <param name="ExactActivations">Whether activations stay 32-bit floats before quantised matrices.</param>
/// <param name="AreProcesses">Whether workers are processes: then none works in a residual stream of another, or reads another copy's weights.</param>
internal sealed record PlanLimits(
    int StepRowsMax,
    int SampledRowsMax,
    CacheType CacheType,
    KernelChoice Kernels,
    bool ExactActivations,
    bool AreProcesses = false
);
