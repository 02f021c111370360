namespace Tandem.Models.Architectures;

/// <summary>Qwen 3 with experts (Yang et al., 2025).</summary>
internal static class Qwen3Moe
{
    public static DecoderShape Read(Hyperparameters parameters) => Mixture.Read(parameters, Qwen3.Read(parameters));
}
