using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>How a model samples where nobody says otherwise.</summary>
internal static class SamplingDefaults
{
    /// <summary>
    /// The model's own recommendation (the <c>general.sampling.*</c> keys of its GGUF file, as llama.cpp's converter writes them),
    /// and where it says nothing: temperature 0.8, top-p 0.95, min-p 0.05, no top-k and no penalties.
    /// </summary>
    /// <exception cref="InputException">A key holds another type, or a number out of its range.</exception>
    public static SamplingParameters From(ModelHeader header)
    {
        var metadata = header.Metadata;
        var fallback = new SamplingParameters();
        var parameters = new SamplingParameters
        {
            Temperature = metadata.Float("general.sampling.temp", fallback.Temperature),
            TopK = metadata.Int("general.sampling.top_k", fallback.TopK),
            TopP = metadata.Float("general.sampling.top_p", fallback.TopP),
            MinP = metadata.Float("general.sampling.min_p", fallback.MinP),
            PenaltyWindow = metadata.Int("general.sampling.penalty_last_n", fallback.PenaltyWindow),
            RepetitionPenalty = metadata.Float("general.sampling.penalty_repeat", fallback.RepetitionPenalty),
        };
        try
        {
            parameters.Check();
        }
        catch (InputException exception)
        {
            throw new InputException($"{header.Source}: keys general.sampling.*: {exception.Message}", exception);
        }
        return parameters;
    }
}
