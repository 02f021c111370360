using Tandem.Devices;

namespace Tandem.Serving;

/// <summary>What an engine loads and how much may be asked of it at a time.</summary>
public sealed record EngineOptions
{
    /// <summary>The model's GGUF file; null for the built-in model.</summary>
    public string? Model { get; init; }

    /// <summary>Positions of a sequence; null for the model's own, as many as memory allows.</summary>
    public int? Context { get; init; }

    /// <summary>Cores to use; null for every physical one that the process may.</summary>
    public int? Threads { get; init; }

    /// <summary>The number format of cached keys and values.</summary>
    public CacheType CacheType { get; init; } = CacheType.F16;

    /// <summary>Whether activations stay 32-bit floats before quantised matrices, which is slow and exact.</summary>
    public bool Float32Activations { get; init; }

    /// <summary>Memory for cached keys and values; null for what is left, within reason.</summary>
    public long? CacheMemoryBytes { get; init; }

    /// <summary>Whether the pages of equal prefixes are shared and remembered.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>The most tokens in a step.</summary>
    public int StepTokensMax { get; init; } = 512;

    /// <summary>Sequences that may run at the same time; others wait.</summary>
    public int SequencesMax { get; init; } = 64;

    /// <summary>The most alternatives of a token that a request may ask for.</summary>
    public int TopLogProbabilitiesMax { get; init; } = 20;

    /// <summary>Measures time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
