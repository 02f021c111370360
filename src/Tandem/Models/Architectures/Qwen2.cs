namespace Tandem.Models.Architectures;

/// <summary>Qwen 2 and 2.5 (Yang et al., 2024): biases on queries, keys and values, which the file itself has.</summary>
internal static class Qwen2
{
    public static DecoderShape Read(Hyperparameters parameters) => parameters.Decoder(halves: true);
}
