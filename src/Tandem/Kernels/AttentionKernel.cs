namespace Tandem.Kernels;

/// <summary>
/// The two products of attention with a page of the cache: queries with its keys, weights with its values. A score adds its
/// dimensions in order, a sum its positions in order, each by a fused multiply-add, so that all kernels give the same bits and
/// none depends on how many queries share a key or value.
/// </summary>
/// <param name="page">How keys and values lie.</param>
internal abstract unsafe class AttentionKernel(KvPage page)
{
    /// <summary>How keys and values lie.</summary>
    public KvPage Page => page;

    /// <summary>The most queries that it takes together, a multiple of <see cref="QueriesStep"/>.</summary>
    public abstract int QueriesMax { get; }

    /// <summary>It takes so many queries or a multiple of it.</summary>
    public abstract int QueriesStep { get; }

    /// <summary>Whether it pays to widen a page to floats when more than <see cref="QueriesMax"/> queries meet it.</summary>
    public virtual AttentionKernel? Wide => null;

    /// <summary>
    /// output[query, key] = factor × (query · key). Neighbours of the keys that are asked for are computed as well, up to whole
    /// vectors; what is in the cache there does not matter, not even if it is no number.
    /// </summary>
    public abstract void Score(in PageProduct product, float factor);

    /// <summary>output[query] += Σ weights[query, key] × value[key].</summary>
    public abstract void AddValues(in PageProduct product);
}
