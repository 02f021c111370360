namespace Tandem.Tests.Models;

/// <summary>The sizes of a model that a test makes.</summary>
internal sealed record TinyShape
{
    /// <summary>Small enough to be computed in plain arithmetic.</summary>
    public static TinyShape Small { get; } =
        new()
        {
            Width = 256,
            QueryHeads = 4,
            KeyHeads = 2,
            FeedForward = 512,
            ExpertFeedForward = 512,
        };

    /// <summary>Large enough to be cut into two or three of everything, within the blocks of long formats too.</summary>
    public static TinyShape Cuttable { get; } =
        new()
        {
            Layers = 6,
            Width = 768,
            QueryHeads = 12,
            KeyHeads = 6,
            FeedForward = 1536,
            ExpertFeedForward = 512,
        };

    /// <summary>Layers; null for as many as every kind of layer of the architecture needs to come once.</summary>
    public int? Layers { get; init; }

    public required int Width { get; init; }

    public required int QueryHeads { get; init; }

    public required int KeyHeads { get; init; }

    public int HeadSize { get; init; } = 64;

    public required int FeedForward { get; init; }

    public required int ExpertFeedForward { get; init; }

    public int Vocabulary { get; init; } = 96;

    public int Experts { get; init; } = 4;
}
