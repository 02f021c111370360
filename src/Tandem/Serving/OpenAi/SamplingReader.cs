using System.Globalization;
using Tandem.Plans;

namespace Tandem.Serving.OpenAi;

/// <summary>Reads how tokens are chosen; what a request does not say is the model's own.</summary>
internal static class SamplingReader
{
    /// <summary>The parameters of a request's first answer, but for log-probabilities.</summary>
    /// <param name="body">The request.</param>
    /// <param name="model">The model.</param>
    /// <param name="seed">The seed where it names none.</param>
    /// <exception cref="ApiException">A field is wrong.</exception>
    public static SamplingParameters Read(JsonFields body, ServedModel model, ulong seed)
    {
        var defaults = model.Sampling;
        return defaults with
        {
            Temperature = body.Number("temperature", 0, 2) ?? defaults.Temperature,
            TopP = body.Number("top_p", 0, 1) ?? defaults.TopP,
            MinP = body.Number("min_p", 0, 1) ?? defaults.MinP,
            // Other servers write −1 for all.
            TopK = (int?)body.Whole("top_k", -1, int.MaxValue) is { } topK ? Math.Max(0, topK) : defaults.TopK,
            RepetitionPenalty = body.Number("repetition_penalty", 0.01f, 100) ?? defaults.RepetitionPenalty,
            PresencePenalty = body.Number("presence_penalty", -2, 2) ?? defaults.PresencePenalty,
            FrequencyPenalty = body.Number("frequency_penalty", -2, 2) ?? defaults.FrequencyPenalty,
            LogitBias = Biases(body, model) ?? defaults.LogitBias,
            Seed = unchecked((ulong?)body.Whole("seed", long.MinValue, long.MaxValue)) ?? seed,
        };
    }

    private static KeyValuePair<int, float>[]? Biases(JsonFields body, ServedModel model)
    {
        const string Field = "logit_bias";
        if (body.Find(Field) is not { } value)
        {
            return null;
        }
        var biases = new SortedDictionary<int, float>();
        foreach (var property in JsonFields.Of(value, Field).Root.EnumerateObject())
        {
            if (
                !int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || id >= model.Vocabulary
            )
            {
                throw body.Invalid(
                    Field,
                    $"token '{Text.Excerpt.Of(property.Name)}'",
                    $"ids from 0 to {model.Vocabulary - 1}"
                );
            }
            biases[id] = body.Number(Field, property.Value, -100, 100);
            if (biases.Count > model.Limits.LogitBiasMax)
            {
                throw body.Invalid(Field, "more tokens", $"at most {model.Limits.LogitBiasMax}");
            }
        }
        return [.. biases];
    }
}
