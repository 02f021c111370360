namespace Tandem.Models.Architectures;

/// <summary>Granite 3 (IBM, 2024): a Llama with factors on embedding, attention, residual and logits.</summary>
internal static class Granite
{
    public static DecoderShape Read(Hyperparameters parameters)
    {
        var shape = parameters.Decoder(halves: false);
        return shape with
        {
            EmbeddingFactor = parameters.Float("embedding_scale", 1),
            ResidualFactor = parameters.Float("residual_scale", 1),
            AttentionScale = parameters.Float("attention.scale", shape.AttentionScale),
            LogitFactor = 1 / parameters.Float("logit_scale", 1),
        };
    }
}
