using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tandem.Plans;

namespace Tandem.Cli.Options;

/// <summary>The options that say how tokens are chosen; what is not given is the model's own.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<float?> _temperature = NewOption.Of(
        "--temperature",
        "T",
        "Divides the logits; 0 always takes the most likely token.",
        Values.Number(0)
    );
    private readonly Option<int?> _topK = NewOption.Of(
        "--top-k",
        "K",
        "Keeps the K most likely tokens; 0 keeps all.",
        Values.Whole(0)
    );
    private readonly Option<float?> _topP = NewOption.Of(
        "--top-p",
        "P",
        "Keeps the likeliest tokens that add up to P.",
        Values.Number(0, 1)
    );
    private readonly Option<float?> _minP = NewOption.Of(
        "--min-p",
        "P",
        "Drops tokens below this share of the likeliest.",
        Values.Number(0, 1)
    );
    private readonly Option<float?> _repetition = NewOption.Of(
        "--repetition-penalty",
        "R",
        "Divides the logits of recent tokens; 1 is off.",
        Values.Number(0.01f)
    );
    private readonly Option<float?> _presence = NewOption.Of(
        "--presence-penalty",
        "P",
        "Subtracted from tokens that were generated.",
        Values.Number()
    );
    private readonly Option<float?> _frequency = NewOption.Of(
        "--frequency-penalty",
        "F",
        "Subtracted for every time a token was generated.",
        Values.Number()
    );
    private readonly Option<Dictionary<int, float>?> _bias = NewOption.Of(
        "--logit-bias",
        "ID=B,…",
        "Added to the logits of token ids.",
        Biases
    );
    private readonly Option<ulong?> _seed = NewOption.Of(
        "--seed",
        "N",
        "Makes the answer repeatable; without it every run differs.",
        Values.Seed
    );

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_temperature);
        command.Add(_topK);
        command.Add(_topP);
        command.Add(_minP);
        command.Add(_repetition);
        command.Add(_presence);
        command.Add(_frequency);
        command.Add(_bias);
        command.Add(_seed);
    }

    /// <summary>The model's parameters with what was given in their place.</summary>
    public SamplingParameters Read(ParseResult parsed, SamplingParameters defaults) =>
        defaults with
        {
            Temperature = parsed.GetValue(_temperature) ?? defaults.Temperature,
            TopK = parsed.GetValue(_topK) ?? defaults.TopK,
            TopP = parsed.GetValue(_topP) ?? defaults.TopP,
            MinP = parsed.GetValue(_minP) ?? defaults.MinP,
            RepetitionPenalty = parsed.GetValue(_repetition) ?? defaults.RepetitionPenalty,
            PresencePenalty = parsed.GetValue(_presence) ?? defaults.PresencePenalty,
            FrequencyPenalty = parsed.GetValue(_frequency) ?? defaults.FrequencyPenalty,
            LogitBias = parsed.GetValue(_bias) is { } biases ? [.. biases] : defaults.LogitBias,
            // Whoever wants to repeat an answer names its seed; the time is as good as any other.
            Seed = parsed.GetValue(_seed) ?? (ulong)TimeProvider.System.GetTimestamp(),
        };

    private static Dictionary<int, float>? Biases(ArgumentResult result)
    {
        var biases = new Dictionary<int, float>();
        foreach (var part in Values.Text(result).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var sides = part.Split('=');
            if (
                sides.Length != 2
                || !int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || !float.TryParse(sides[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var bias)
            )
            {
                return Values.Refuse<Dictionary<int, float>>(
                    result,
                    "token ids with what to add, such as 15=-100,7=2.5"
                );
            }
            biases[id] = bias;
        }
        return biases;
    }
}
