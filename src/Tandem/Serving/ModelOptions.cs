using System.Text.Json.Serialization;
using Tandem.Kernels;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>How a model is put into memory and how much may be asked of it at a time.</summary>
internal sealed record ModelOptions
{
    /// <summary>Positions of a sequence; null for the model's own, as many as memory allows.</summary>
    public int? Context { get; init; }

    /// <summary>Cores to use where no plan says it; null for every physical one that the process may.</summary>
    public int? Threads { get; init; }

    /// <summary>How the model is split; null for the default.</summary>
    public PlanRequest? Plan { get; init; }

    /// <summary>The number format of cached keys and values.</summary>
    public CacheType CacheType { get; init; } = CacheType.F16;

    /// <summary>Whether activations stay 32-bit floats before quantised matrices.</summary>
    public bool ExactActivations { get; init; }

    /// <summary>What multiplies with the weights.</summary>
    public KernelChoice Kernels { get; init; }

    /// <summary>Memory for cached keys and values; null for what is left, within reason.</summary>
    public long? CacheMemoryBytes { get; init; }

    /// <summary>The workers' processes; null where they are threads of this one.</summary>
    [JsonIgnore]
    public ProcessGroup? Processes { get; init; }

    /// <summary>Whether workers are processes, even where this one only plans for them.</summary>
    [JsonIgnore]
    public bool AreProcesses
    {
        get => field || Processes is not null;
        init;
    }

    /// <summary>Told of every step of every worker; null for nobody.</summary>
    [JsonIgnore]
    public StepTrace? Trace { get; init; }

    /// <summary>What is done to workers to try them; null for nothing.</summary>
    [JsonIgnore]
    public WorkerTrial? Trial { get; init; }

    /// <summary>Rows of the largest step.</summary>
    public int StepRowsMax { get; init; } = 512;

    /// <summary>Sequences that may run at the same time.</summary>
    public int SequencesMax { get; init; } = 64;

    /// <summary>Rows of a step that may be sampled.</summary>
    public int SampledRowsMax { get; init; } = 64;

    /// <summary>Whether all logits of a sampled row are wanted, not only those that its choice looks at.</summary>
    public bool WholeLogits { get; init; } = true;
}
