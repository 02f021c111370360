namespace Tandem.Scheduling;

/// <summary>The bounds of a scheduler.</summary>
internal sealed record SchedulerOptions
{
    /// <summary>Pages of the KV cache.</summary>
    public required int Pages { get; init; }

    /// <summary>Positions in a page.</summary>
    public required int PageLength { get; init; }

    /// <summary>The most tokens that a sequence may have, prompt and generated together.</summary>
    public required int Context { get; init; }

    /// <summary>Sequences that may run at the same time.</summary>
    public int SequencesMax { get; init; } = 64;

    /// <summary>The most tokens in a step; more than <see cref="SequencesMax"/>, so that prompts go on while all others generate.</summary>
    public int StepTokensMax { get; init; } = 512;

    /// <summary>The most tokens of prompts in a step while other sequences generate, so that their next tokens do not wait long.</summary>
    public int MixedPromptTokensMax { get; init; } = 512;

    /// <summary>Rows of a step that may be proposed tokens, over all its sequences; 0 where nobody proposes any.</summary>
    public int ProposalsMax { get; init; }

    /// <summary>Rows of a step that may be sampled.</summary>
    public int SampledRowsMax => SequencesMax + ProposalsMax;

    /// <summary>Plans that may be handed out before the first is complete: the stages of the pipeline.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>Whether the pages of equal prefixes are shared and remembered.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>How many positions back any layer looks, its own included; null where a layer looks back to the first.</summary>
    public int? Window { get; init; }

    /// <summary>How much earlier arrival a level of priority is worth; so waiting raises a sequence.</summary>
    public TimeSpan PriorityStep { get; init; } = TimeSpan.FromSeconds(10);
}
