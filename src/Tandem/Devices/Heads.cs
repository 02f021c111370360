namespace Tandem.Devices;

/// <summary>What happens to the queries and keys of one attention layer before they meet.</summary>
internal sealed record Heads
{
    /// <summary>Query heads.</summary>
    public required int QueryHeads { get; init; }

    /// <summary>Key and value heads; each serves <see cref="GroupSize"/> neighbouring query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Query heads that share a key and value head.</summary>
    public required int GroupSize { get; init; }

    /// <summary>Which of its group the first query head is: not 0 where another rank has the ones before it.</summary>
    public int FirstInGroup { get; init; }

    /// <summary>Dimensions of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Norm over each query head, [HeadSize]; null for none.</summary>
    public Norm? QueryNorm { get; init; }

    /// <summary>Norm over each key head, [HeadSize]; null for none.</summary>
    public Norm? KeyNorm { get; init; }

    /// <summary>How positions turn the heads; null where the layer knows no positions.</summary>
    public Rotary? Rotary { get; init; }

    /// <summary>Multiplies the product of a query and a key.</summary>
    public required float Scale { get; init; }

    /// <summary>Holds the product softly within ± this; 0 for none.</summary>
    public float SoftCap { get; init; }

    /// <summary>A query sees this many positions, its own among them; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>The first query head of a key and value head.</summary>
    public int FirstQuery(int keyHead) => Math.Max(0, keyHead * GroupSize - FirstInGroup);

    /// <summary>One behind the last query head of a key and value head.</summary>
    public int EndQuery(int keyHead) => Math.Min(QueryHeads, (keyHead + 1) * GroupSize - FirstInGroup);
}
