namespace Tandem.Trainer;

/// <summary>The sizes of a Llama-shaped network with tied embeddings. Width and feed-forward are multiples of 32.</summary>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Width">Length of an activation.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Attention heads; a head is <see cref="HeadWidth"/> wide.</param>
/// <param name="FeedForward">Length of the gated activation.</param>
/// <param name="Context">Longest sequence in tokens.</param>
internal sealed record NetworkShape(int Vocabulary, int Width, int Layers, int Heads, int FeedForward, int Context)
{
    /// <summary>Added to the mean square before its root is taken.</summary>
    public const float NormEpsilon = 1e-5f;

    /// <summary>Base of the rotary frequencies.</summary>
    public const float RopeBase = 10_000;

    /// <summary>Width of one head.</summary>
    public int HeadWidth => Width / Heads;

    /// <summary>The network that ships: about 1.5 million parameters.</summary>
    public static NetworkShape BuiltIn { get; } =
        new(Vocabulary: 2048, Width: 128, Layers: 6, Heads: 4, FeedForward: 352, Context: 512);
}
