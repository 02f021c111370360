namespace Tandem.Plans;

/// <summary>The part of a model that one worker holds: some layers, and a share of each.</summary>
/// <param name="Layers">The stage's layers. The first stage has the embedding, the last one the output.</param>
/// <param name="Rank">The worker's rank within its stage.</param>
/// <param name="Ranks">The shares of all ranks of the stage.</param>
public sealed record ModelSlice(Share Layers, int Rank, IReadOnlyList<RankShare> Ranks)
{
    /// <summary>The worker's own share.</summary>
    public RankShare Own => Ranks[Rank];

    /// <summary>Whether token ids come in.</summary>
    public bool IsFirst => Layers.First == 0;

    /// <summary>Whether logits go out.</summary>
    public bool IsLast => Layers.End == Layers.Whole;
}
