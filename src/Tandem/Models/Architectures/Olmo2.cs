namespace Tandem.Models.Architectures;

/// <summary>
/// OLMo 2 (OLMo Team, 2025): norms behind each part instead of before it, and over all heads of queries and keys.
/// </summary>
internal static class Olmo2
{
    public static DecoderShape Read(Hyperparameters parameters) =>
        parameters.Decoder(halves: true) with
        {
            PreNorms = false,
            HeadNorms = HeadNorms.AllHeads,
            PostNorms = ("post_attention_norm.weight", "post_ffw_norm.weight"),
        };
}
