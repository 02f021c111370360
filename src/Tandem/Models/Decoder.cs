namespace Tandem.Models;

/// <summary>Builds a block from a decoder's shape.</summary>
internal static class Decoder
{
    /// <summary>The block of one layer.</summary>
    /// <exception cref="InputException">A tensor is missing or has another shape than the metadata say.</exception>
    public static Block Block(ModelBuilder builder, DecoderShape shape, int layer)
    {
        var prefix = $"blk.{layer}.";
        Devices.Norm Norm(string name) => builder.Norm(prefix + name, shape.Width, shape.Epsilon);
        IFeedForward feedForward =
            shape.Experts > 0 ? new Experts(builder, shape, layer) : new FeedForward(builder, shape, layer);
        return new Block(
            shape.PreNorms ? Norm("attn_norm.weight") : null,
            new Attention(builder, shape, layer),
            shape.PreNorms ? Norm("ffn_norm.weight") : null,
            feedForward,
            new BlockSums(
                shape.PostNorms is { } names ? Norm(names.Attention) : null,
                shape.PostNorms is { } others ? Norm(others.FeedForward) : null,
                shape.ResidualFactor
            )
        );
    }
}
