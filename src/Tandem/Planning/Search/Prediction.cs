namespace Tandem.Planning.Search;

/// <summary>What is expected of a plan.</summary>
public sealed record Prediction
{
    /// <summary>Seconds from a request's arrival to its first token.</summary>
    public required double TtftSeconds { get; init; }

    /// <summary>Seconds of each token after it.</summary>
    public required double TpotSeconds { get; init; }

    /// <summary>Seconds of each token after it while no other request's prompt is computed.</summary>
    public required double GeneratingSeconds { get; init; }

    /// <summary>Seconds from a request's arrival to its last token.</summary>
    public required double RequestSeconds { get; init; }

    /// <summary>Generated tokens a second, of all requests together.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Which share of a generated token's time stages wait for each other, on average over stages.</summary>
    public required double BubbleShare { get; init; }

    /// <summary>Which share of a generated token's time ranks sum and meet.</summary>
    public required double SumShare { get; init; }

    /// <summary>Bytes that the fullest unit's worker takes: weights, buffers, and the caches of the workload.</summary>
    public required long WorkerBytesMax { get; init; }
}
