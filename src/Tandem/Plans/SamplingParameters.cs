using System.Globalization;

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

    /// <summary>Added to the logits of these token ids; −100 in effect forbids one. A list, as walking a dictionary through its interface allocates.</summary>
    public IReadOnlyList<KeyValuePair<int, float>> LogitBias { get; init; } = [];

    /// <summary>Random numbers are a function of (seed, position) alone, so a repeated step repeats its choice.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many of the most likely tokens come with their log-probabilities; −1 for none, 0 for the chosen one alone.</summary>
    public int TopLogProbabilities { get; init; } = -1;

    /// <summary>Whether the largest logit is chosen: so close to 0 that its inverse is infinite, a temperature is 0.</summary>
    public bool IsGreedy => !float.IsFinite(1 / Temperature);

    /// <summary>
    /// What is chosen whatever the logits say, from the first generated token on; behind the last of these the choice is the model's. All
    /// work of choosing is done, so that a text of random weights can be measured as if it were another. Penalties that count what was
    /// generated do not count these.
    /// </summary>
    public IReadOnlyList<int> Replay { get; init; } = [];

    /// <summary>Always the most likely token.</summary>
    public static SamplingParameters Greedy { get; } = new() { Temperature = 0 };

    /// <summary>
    /// How many of the largest logits a choice looks at, those of lower ids first among equals; null where others matter, too: they
    /// may become the largest by a bias or penalty, or weigh in a probability.
    /// </summary>
    /// <param name="vocabulary">Number of token ids.</param>
    public int? LogitsMax(int vocabulary)
    {
        var changes = LogitBias.Count > 0 || RepetitionPenalty != 1 || PresencePenalty != 0 || FrequencyPenalty != 0;
        if (changes || TopLogProbabilities >= 0)
        {
            return null;
        }
        return IsGreedy ? 1
            : TopK > 0 && TopK < vocabulary ? TopK
            : null;
    }

    /// <summary>Checks that every number is in its range.</summary>
    /// <param name="vocabulary">Number of token ids, where it is known: biases must name one of them.</param>
    /// <exception cref="InputException">One is not.</exception>
    public void Check(int? vocabulary = null)
    {
        Require(Temperature is >= 0 and <= float.MaxValue, "temperature", Temperature, "0 or more");
        Require(TopK >= 0, "top-k", TopK, "0 (off) or more");
        Require(TopP is >= 0 and <= 1, "top-p", TopP, "a number from 0 to 1");
        Require(MinP is >= 0 and <= 1, "min-p", MinP, "a number from 0 to 1");
        Require(RepetitionPenalty is > 0 and <= float.MaxValue, "repetition penalty", RepetitionPenalty, "more than 0");
        Require(float.IsFinite(PresencePenalty), "presence penalty", PresencePenalty, "a finite number");
        Require(float.IsFinite(FrequencyPenalty), "frequency penalty", FrequencyPenalty, "a finite number");
        Require(PenaltyWindow >= -1, "penalty window", PenaltyWindow, "-1 (all) or more");
        Require(TopLogProbabilities >= -1, "number of log-probabilities", TopLogProbabilities, "-1 (none) or more");
        foreach (var (id, bias) in LogitBias)
        {
            Require(
                id >= 0 && id < (vocabulary ?? int.MaxValue),
                "logit bias for token",
                id,
                $"an id from 0 to {(vocabulary ?? int.MaxValue) - 1}"
            );
            Require(float.IsFinite(bias), "logit bias", bias, "a finite number");
        }
        var ids = vocabulary ?? int.MaxValue;
        foreach (var id in Replay)
        {
            Require(id >= 0 && id < ids, "replayed token", id, $"an id from 0 to {ids - 1}");
        }
    }

    private static void Require(bool holds, string name, double found, string expected)
    {
        if (!holds)
        {
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"{name} {found}: expected {expected}")
            );
        }
    }
}
