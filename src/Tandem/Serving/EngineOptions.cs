using Tandem.Kernels;
using Tandem.Parallel;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving.Speculation;

namespace Tandem.Serving;

/// <summary>What an engine loads and how much may be asked of it at a time.</summary>
public sealed record EngineOptions
{
    /// <summary>The model's GGUF file; null for the built-in model.</summary>
    public string? Model { get; init; }

    /// <summary>Positions of a sequence; null for the model's own, as many as memory allows.</summary>
    public int? Context { get; init; }

    /// <summary>Cores to use where no plan says it; null for every physical one that the process may.</summary>
    public int? Threads { get; init; }

    /// <summary>How the model is split; null to have it chosen: by the profile, or where there is none, ranks over the cores.</summary>
    public PlanRequest? Plan { get; init; }

    /// <summary>What this machine can do; null where nothing is known.</summary>
    public HardwareProfile? Profile { get; init; }

    /// <summary>What a plan that is chosen should be good for.</summary>
    public Workload Workload { get; init; } = new();

    /// <summary>
    /// The processes that the plan's workers are, of which this one is number 0; null where they are threads of this one. The others
    /// call <see cref="Processes.WorkerProcess.Follow"/>.
    /// </summary>
    public ProcessGroup? Processes { get; init; }

    /// <summary>The number format of cached keys and values.</summary>
    public CacheType CacheType { get; init; } = CacheType.F16;

    /// <summary>Whether activations stay 32-bit floats before quantised matrices, which is slow and exact.</summary>
    public bool Float32Activations { get; init; }

    /// <summary>What multiplies with the weights.</summary>
    public KernelChoice Kernels { get; init; }

    /// <summary>Memory for cached keys and values; null for what is left, within reason.</summary>
    public long? CacheMemoryBytes { get; init; }

    /// <summary>Whether the pages of equal prefixes are shared and remembered.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Who guesses at next tokens, so that one step can check several; what is chosen does not depend on it.</summary>
    public SpeculationKind Speculation { get; init; }

    /// <summary>The GGUF file of the small model that guesses, for <see cref="SpeculationKind.Draft"/>.</summary>
    public string? Draft { get; init; }

    /// <summary>
    /// The most tokens in a step; more than <see cref="SequencesMax"/>. Where stages pass prompts on, steps are smaller: as the profile
    /// says, or a part for each stage.
    /// </summary>
    public int StepTokensMax { get; init; } = 512;

    /// <summary>Sequences that may run at the same time; others wait.</summary>
    public int SequencesMax { get; init; } = 64;

    /// <summary>Requests that may wait to run; more are refused, but where nothing else waits.</summary>
    public int WaitingMax { get; init; } = 1_024;

    /// <summary>Tokens that the prompts of waiting requests may have together; more are refused, but where nothing else waits.</summary>
    public long WaitingTokensMax { get; init; } = 16L << 20;

    /// <summary>How long a request may wait before it runs; null for as long as it takes.</summary>
    public TimeSpan? QueueTimeout { get; init; }

    /// <summary>The most alternatives of a token that a request may ask for.</summary>
    public int TopLogProbabilitiesMax { get; init; } = 20;

    /// <summary>How long a step with prompts in it may take while others generate; null for <see cref="Workload.StepSlowdownMax"/> times one without.</summary>
    public TimeSpan? StepTimeMax { get; init; }

    /// <summary>How much earlier arrival a level of priority is worth, so that waiting raises a request.</summary>
    public TimeSpan PriorityStep { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told of every step of every worker; null for nobody.</summary>
    public StepTrace? Trace { get; init; }

    /// <summary>What is done to workers to try them; null for nothing.</summary>
    internal WorkerTrial? Trial { get; init; }

    /// <summary>Measures time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Checks that the bounds agree with each other.</summary>
    /// <exception cref="InputException">They do not.</exception>
    public void Check()
    {
        Require(Threads is null or (>= 1 and <= 1_024), "threads", Threads, "1 to 1024");
        if (Draft is null == (Speculation == SpeculationKind.Draft))
        {
            throw new InputException(
                $"speculation {Speculation} {(Draft is null ? "without" : "with")} a draft model, expected one with {SpeculationKind.Draft} alone"
            );
        }
        Require(Context is null or >= 1, "context", Context, "1 or more");
        Require(CacheMemoryBytes is null or >= 1, "cache memory", CacheMemoryBytes, "1 byte or more");
        Require(SequencesMax is >= 1 and <= 4_096, "sequences at the same time", SequencesMax, "1 to 4096");
        Require(
            StepTokensMax > SequencesMax && StepTokensMax <= 65_536,
            "tokens in a step",
            StepTokensMax,
            $"more than the {SequencesMax} sequences at the same time, and at most 65536"
        );
        Workload.Check();
        Require(WaitingMax >= 1, "waiting requests", WaitingMax, "1 or more");
        Require(WaitingTokensMax >= 1, "tokens of waiting requests", WaitingTokensMax, "1 or more");
        Require(
            QueueTimeout is null || QueueTimeout > TimeSpan.Zero,
            "time in the queue",
            QueueTimeout,
            "more than none"
        );
        Require(TopLogProbabilitiesMax is >= 0 and <= 1_000, "alternatives", TopLogProbabilitiesMax, "0 to 1000");
        Require(StepTimeMax is null || StepTimeMax > TimeSpan.Zero, "time of a step", StepTimeMax, "more than none");
        Require(PriorityStep >= TimeSpan.Zero, "worth of a priority level", PriorityStep, "no negative time");
    }

    private static void Require(bool holds, string what, IFormattable? found, string expected)
    {
        if (!holds)
        {
            throw new InputException(FormattableString.Invariant($"{what}: {found}, expected {expected}"));
        }
    }
}
