namespace Tandem.Plans;

/// <summary>
/// How the next token of one sequence is chosen. The order of the steps is fixed: logit bias; repetition, presence and
/// frequency penalties; log-probabilities are read here; temperature; top-k; top-p; min-p; the draw.
/// Temperature 0 chooses the largest logit (the lowest id among equals).
/// </summary>
public sealed record SamplingParameters
{
    /// <summary>Divides the logits; 0 is greedy.</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>Keeps the k largest logits; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the smallest set of tokens whose probabilities add up to at least this; 1 keeps all.</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>Drops tokens less likely than this share of the most likely one; 0 drops none.</summary>
    public float MinP { get; init; } = 0.05f;

    /// <summary>Divides positive and multiplies negative logits of tokens in the window (CTRL, 2019); 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted once from the logits of tokens that were generated (OpenAI's definition); 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted for every time that a token was generated (OpenAI's definition); 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>How many of the last tokens the repetition penalty looks at; -1 for all.</summary>
    public int PenaltyWindow { get; init; } = 64;

    /// <summary>Added to the logits of these token ids; −100 in effect forbids one.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Random numbers are a function of (seed, position) alone, so a repeated step repeats its choice.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many of the most likely tokens come with their log-probabilities; −1 for none, 0 for the chosen one alone.</summary>
    public int TopLogProbabilities { get; init; } = -1;

    /// <summary>Always the most likely token.</summary>
    public static SamplingParameters Greedy { get; } = new() { Temperature = 0 };
}
