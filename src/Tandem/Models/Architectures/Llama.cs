namespace Tandem.Models.Architectures;

/// <summary>
/// Llama 1 to 3, Mistral, and Mixtral, whose feed-forward is experts (Touvron et al., 2023; Jiang et al., 2024).
/// </summary>
internal static class Llama
{
    public static DecoderShape Read(Hyperparameters parameters)
    {
        var shape = parameters.Decoder(halves: false);
        var rotary = RotaryBuilder.Build(parameters, halves: false);
        var factored = RotaryBuilder.Factored(parameters, rotary, "rope_freqs.weight");
        return Mixture.Read(parameters, shape) with
        {
            Rotary = _ => factored,
            AttentionScale = parameters.Float("attention.scale", shape.AttentionScale),
        };
    }
}
