namespace Tandem.Parallel;

/// <summary>How a <see cref="Router"/> chooses, and how much it remembers.</summary>
public sealed record RouterOptions
{
    /// <summary>How many replicas there are.</summary>
    public required int Replicas { get; init; }

    /// <summary>Prefixes are remembered at every multiple of this many tokens: a page of the replicas' caches.</summary>
    public int BlockLength { get; init; } = 64;

    /// <summary>How many prefixes are remembered; a new one takes an old one's place. Each costs 16 bytes.</summary>
    public int PrefixesMax { get; init; } = 1 << 16;

    /// <summary>Decides between replicas that are equally good.</summary>
    public int Seed { get; init; }
}
