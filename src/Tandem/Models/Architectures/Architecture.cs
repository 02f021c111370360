using Tandem.Plans;

namespace Tandem.Models.Architectures;

/// <summary>The architectures that the engine knows; to add one, write its file and name it here.</summary>
internal static class Architecture
{
    private static readonly Dictionary<string, Func<Hyperparameters, DecoderShape>> s_known = new()
    {
        ["gemma2"] = Gemma2.Read,
        ["gemma3"] = Gemma3.Read,
        ["granite"] = Granite.Read,
        ["llama"] = Llama.Read,
        ["olmo2"] = Olmo2.Read,
        ["phi3"] = Phi3.Read,
        ["qwen2"] = Qwen2.Read,
        ["qwen3"] = Qwen3.Read,
        ["qwen3moe"] = Qwen3Moe.Read,
        ["smollm3"] = SmolLm3.Read,
    };

    /// <summary>The names of all of them.</summary>
    public static IEnumerable<string> Names => s_known.Keys;

    /// <summary>What kind of decoder a header describes.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="context">Positions that it will be run with; 0 for as many as it was trained for.</param>
    /// <exception cref="InputException">The architecture is unknown, or metadata are missing or make no sense.</exception>
    public static DecoderShape Read(ModelHeader header, int context = 0)
    {
        if (!s_known.TryGetValue(header.Architecture, out var read))
        {
            throw new InputException(
                $"{header.Source}: architecture '{header.Architecture}' is unknown; known are {string.Join(", ", Names)}"
            );
        }
        var trained = header.Metadata.Int(header.Architecture + ".context_length");
        return read(new Hyperparameters(header, context > 0 ? context : trained));
    }
}
