namespace Tandem.Models.Architectures;

/// <summary>SmolLM 3 (Bakouch et al., 2025): every fourth layer knows no positions (Yang et al., 2025).</summary>
internal static class SmolLm3
{
    private const int Period = 4;

    public static DecoderShape Read(Hyperparameters parameters)
    {
        var rotary = RotaryBuilder.Build(parameters, halves: false);
        return parameters.Decoder(halves: false) with
        {
            Rotary = layer => layer % Period == Period - 1 ? null : rotary,
        };
    }
}
