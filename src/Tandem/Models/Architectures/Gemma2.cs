using Tandem.Devices;

namespace Tandem.Models.Architectures;

/// <summary>
/// Gemma 2 (Gemma Team, 2024): norms before and behind each part, GELU, every other layer sees a window, soft caps on
/// scores and logits.
/// </summary>
internal static class Gemma2
{
    public static DecoderShape Read(Hyperparameters parameters)
    {
        var shape = parameters.Decoder(halves: true);
        var window = parameters.Int("attention.sliding_window", 4096);
        // The 27B model divides by its width a head, not by the head's own size.
        var scaleSize = shape.Layers == 46 ? shape.Width / shape.QueryHeads : shape.HeadSize;
        return shape with
        {
            Gate = GateKind.Gelu,
            PostNorms = ("post_attention_norm.weight", "post_ffw_norm.weight"),
            EmbeddingFactor = MathF.Sqrt(shape.Width),
            AttentionScale = 1 / MathF.Sqrt(scaleSize),
            AttentionCap = parameters.Float("attn_logit_softcapping", 50),
            LogitCap = parameters.Float("final_logit_softcapping", 30),
            Window = layer => layer % 2 == 0 ? window : 0,
        };
    }
}
