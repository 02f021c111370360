using Tandem.Devices;

namespace Tandem.Models.Architectures;

/// <summary>
/// Gemma 3 (Gemma Team, 2025): norms before and behind each part and on each head, GELU; five of six layers see a
/// window and turn by their own, faster angles.
/// </summary>
internal static class Gemma3
{
    private const int Period = 6;
    private const float LocalFrequencyBase = 10_000;

    public static DecoderShape Read(Hyperparameters parameters)
    {
        var shape = parameters.Decoder(halves: true);
        var window = parameters.Positive("attention.sliding_window");
        var wide = RotaryBuilder.Build(parameters, halves: true);
        var near = RotaryBuilder.Plain(parameters, halves: true, LocalFrequencyBase);
        bool IsNear(int layer) => layer % Period < Period - 1;
        // The 27B model divides by its width a head, not by the head's own size.
        var scaleSize = shape.Layers == 62 ? shape.Width / shape.QueryHeads : shape.HeadSize;
        return shape with
        {
            Gate = GateKind.Gelu,
            HeadNorms = HeadNorms.EachHead,
            PostNorms = ("post_attention_norm.weight", "post_ffw_norm.weight"),
            EmbeddingFactor = MathF.Sqrt(shape.Width),
            AttentionScale = 1 / MathF.Sqrt(scaleSize),
            Window = layer => IsNear(layer) ? window : 0,
            Rotary = layer => IsNear(layer) ? near : wide,
        };
    }
}
