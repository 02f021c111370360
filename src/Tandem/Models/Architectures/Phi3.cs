namespace Tandem.Models.Architectures;

/// <summary>
/// Phi 3 and 4 (Abdin et al., 2024): fused projections; long contexts divide the angles by factors of their own
/// (LongRoPE; Ding et al., 2024).
/// </summary>
internal static class Phi3
{
    public static DecoderShape Read(Hyperparameters parameters)
    {
        var trained = parameters.Positive("context_length");
        var isLong = parameters.Context > parameters.Int("rope.scaling.original_context_length", trained);
        var rotary = RotaryBuilder.Factored(
            parameters,
            RotaryBuilder.Build(parameters, halves: true),
            isLong ? "rope_factors_long.weight" : "rope_factors_short.weight",
            parameters.Float("rope.scaling.attn_factor", 1)
        );
        var window = parameters.Int("attention.sliding_window", 0);
        return parameters.Decoder(halves: true) with
        {
            FusedProjections = true,
            Rotary = _ => rotary,
            Window = _ => window,
        };
    }
}
