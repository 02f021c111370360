using Tandem.Formats;

namespace Tandem.Loading;

/// <summary>Which number format each matrix of a synthetic model has: one for all, or a mix as published files have it.</summary>
internal sealed class SynthMix
{
    private readonly Format _most;
    private readonly Format _best;

    private SynthMix(string name, Format most, Format best)
    {
        Name = name;
        _most = most;
        _best = best;
    }

    /// <summary>Every format by itself, and the mixes.</summary>
    public static IReadOnlyList<SynthMix> All { get; } =
    [
        .. FormatTable.All.Select(format => new SynthMix(format.Name, format, format)),
        new("Q4_K_M", FormatTable.ByName("Q4_K")!, FormatTable.ByName("Q6_K")!),
    ];

    /// <summary>The name that a user gives.</summary>
    public string Name { get; }

    /// <summary>The format of a layer's matrix, by its name without the layer.</summary>
    public Format OfLayer(string matrix, int layer, int layers)
    {
        // The rule of llama.cpp's own mix: the first and last eighth of the layers, and every third between.
        var eighth = layers / 8;
        var hasMore = layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
        return hasMore && matrix is "attn_v" or "ffn_down" ? _best : _most;
    }

    /// <summary>The format of the embedding, or of the head where it has a matrix of its own.</summary>
    public Format OfEmbedding(bool isHead) => isHead ? _best : _most;
}
