namespace Tandem.Models.Architectures;

/// <summary>Qwen 3 (Yang et al., 2025): each head's queries and keys are normalised.</summary>
internal static class Qwen3
{
    public static DecoderShape Read(Hyperparameters parameters) =>
        parameters.Decoder(halves: true) with
        {
            HeadNorms = HeadNorms.EachHead,
        };
}
