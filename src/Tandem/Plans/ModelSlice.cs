namespace Tandem.Plans;

/// <summary>The part of a model that one worker holds: some layers, and a share of each.</summary>
/// <param name="Layers">The stage's layers. The first stage has the embedding, the last one the output.</param>
/// <param name="Rank">The worker's rank within its stage.</param>
/// <param name="Ranks">The shares of all ranks of the stage.</param>
public sealed record ModelSlice(Share Layers, int Rank, IReadOnlyList<RankShare> Ranks)
{
    /// <summary>The worker's own share, as if it had every kind of part.</summary>
    public RankShare Own => Ranks[Rank];

    /// <summary>What it holds: rows of the vocabulary only where there is an embedding or an output.</summary>
    public RankShare Held => IsFirst || IsLast ? Own : Own with { Vocabulary = new Share(0, 0, Own.Vocabulary.Whole) };

    /// <summary>Whether token ids come in.</summary>
    public bool IsFirst => Layers.First == 0;

    /// <summary>Whether logits go out.</summary>
    public bool IsLast => Layers.End == Layers.Whole;
}
