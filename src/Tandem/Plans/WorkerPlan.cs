namespace Tandem.Plans;

/// <summary>One rank of one stage of one copy.</summary>
public sealed record WorkerPlan
{
    /// <summary>The copy.</summary>
    public required int Replica { get; init; }

    /// <summary>The stage.</summary>
    public required int Stage { get; init; }

    /// <summary>What it holds of the model.</summary>
    public required ModelSlice Slice { get; init; }

    /// <summary>
    /// Where it runs, such as <c>cpu:0</c> or <c>cpu:2-3</c>; <c>cpu#2</c> where there are more threads than cores, and its first is the
    /// third of all that share them.
    /// </summary>
    public required string Device { get; init; }

    /// <summary>The cores that its threads are kept on; empty where there are more threads than cores.</summary>
    public required IReadOnlyList<int> Cores { get; init; }

    /// <summary>Its threads.</summary>
    public required int Threads { get; init; }

    /// <summary>Bytes of its packed weights.</summary>
    public long WeightBytes { get; init; }

    /// <summary>Whether those are another copy's, which it reads as well.</summary>
    public bool SharesWeights { get; init; }

    /// <summary>Bytes of its buffers.</summary>
    public long BufferBytes { get; init; }

    /// <summary>Bytes of a page of its cache.</summary>
    public long PageBytes { get; init; }

    /// <summary>Bytes of its cache.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Bytes that it takes by itself.</summary>
    public long OwnBytes => (SharesWeights ? 0 : WeightBytes) + BufferBytes + CacheBytes;
}
