using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>What an engine is asked to continue, and how.</summary>
public sealed record GenerationRequest
{
    /// <summary>The prompt's token ids; at least one.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>
    /// More of the prompt, whose tokens come back one by one before the answer's, so that their log-probabilities are known. Each takes a
    /// step, and ends nothing.
    /// </summary>
    public IReadOnlyList<int> Echo { get; init; } = [];

    /// <summary>How tokens are chosen; null for the model's own defaults.</summary>
    public SamplingParameters? Sampling { get; init; }

    /// <summary>The most tokens to generate, 0 for an echo alone; cut to what the context has room for.</summary>
    public int MaxTokens { get; init; } = int.MaxValue;

    /// <summary>Texts that end the answer; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that end the answer, besides the model's own; they are not part of its text.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Goes on after the model's own end tokens.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Higher goes first; a level is worth <see cref="EngineOptions.PriorityStep"/> of waiting.</summary>
    public int Priority { get; init; }

    /// <summary>Cached prefixes are shared only between requests of equal salt.</summary>
    public string? CacheSalt { get; init; }
}
