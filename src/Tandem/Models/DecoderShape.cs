using Tandem.Devices;

namespace Tandem.Models;

/// <summary>
/// What makes one decoder-only transformer differ from another. An architecture's file reads it from the header; the
/// blocks are built from it.
/// </summary>
internal sealed record DecoderShape
{
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    public required int QueryHeads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }

    /// <summary>Rows of the gate and up projections.</summary>
    public required int FeedForward { get; init; }

    public required int Vocabulary { get; init; }

    /// <summary>Positions that the model was trained for.</summary>
    public required int Context { get; init; }

    /// <summary>What keeps the norms from dividing by zero.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Multiplies the product of a query and a key.</summary>
    public required float AttentionScale { get; init; }

    /// <summary>Holds attention scores softly within ± this; 0 for none.</summary>
    public float AttentionCap { get; init; }

    /// <summary>How positions turn the heads of a layer; null where the layer knows no positions.</summary>
    public required Func<int, Rotary?> Rotary { get; init; }

    /// <summary>How many positions a query of a layer sees; 0 for all.</summary>
    public Func<int, int> Window { get; init; } = _ => 0;

    public GateKind Gate { get; init; } = GateKind.Silu;

    /// <summary>Whether queries and keys are normalised, and over what.</summary>
    public HeadNorms HeadNorms { get; init; }

    /// <summary>Whether the stream is normalised before attention and feed-forward.</summary>
    public bool PreNorms { get; init; } = true;

    /// <summary>Names of the tensors that normalise what attention and feed-forward add, without <c>blk.N.</c>; null for none.</summary>
    public (string Attention, string FeedForward)? PostNorms { get; init; }

    /// <summary>Whether queries, keys and values are one tensor in the file, and gate and up another.</summary>
    public bool FusedProjections { get; init; }

    /// <summary>Experts of a layer; 0 where the feed-forward is dense.</summary>
    public int Experts { get; init; }

    /// <summary>Experts that a token goes through.</summary>
    public int ExpertsUsed { get; init; }

    /// <summary>Rows of an expert's gate and up projections.</summary>
    public int ExpertFeedForward { get; init; }

    /// <summary>Multiplies the embedding.</summary>
    public float EmbeddingFactor { get; init; } = 1;

    /// <summary>Multiplies what a block adds to the stream.</summary>
    public float ResidualFactor { get; init; } = 1;

    /// <summary>Multiplies the logits.</summary>
    public float LogitFactor { get; init; } = 1;

    /// <summary>Holds logits softly within ± this; 0 for none.</summary>
    public float LogitCap { get; init; }

    public int QueryWidth => QueryHeads * HeadSize;

    public int KeyWidth => KeyValueHeads * HeadSize;

    /// <summary>How many positions back the layer that looks furthest does; null where one looks at all.</summary>
    public int? WindowMax
    {
        get
        {
            var windows = Enumerable.Range(0, Layers).Select(Window).ToArray();
            return windows.Contains(0) ? null : windows.Max();
        }
    }

    /// <summary>The kinds of rotary embedding that any layer uses.</summary>
    public IEnumerable<Rotary> Rotaries => Enumerable.Range(0, Layers).Select(Rotary).OfType<Rotary>().Distinct();
}
