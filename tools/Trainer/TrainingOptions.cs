namespace Tandem.Trainer;

/// <summary>Everything that decides what a training gives.</summary>
internal sealed record TrainingOptions
{
    // The last part of the steps, in which the learning rate falls.
    private const float FallShare = 0.3f;

    /// <summary>Seed of weights, text and vocabulary.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps from nothing to the finished model.</summary>
    public int Steps { get; init; } = 2600;

    /// <summary>Steps in which the learning rate rises from nothing.</summary>
    public int WarmupSteps { get; init; } = 100;

    /// <summary>Highest learning rate.</summary>
    public float RateMax { get; init; } = 4e-3f;

    /// <summary>A step's batch is cut into so many shards, however many workers there are.</summary>
    public int Shards { get; init; } = 8;

    /// <summary>Rows of a shard.</summary>
    public int ShardRows { get; init; } = 512;

    /// <summary>Documents that the vocabulary is learnt from.</summary>
    public int VocabularyDocuments { get; init; } = 30_000;

    /// <summary>How often a word must occur in them to count.</summary>
    public int VocabularyCountMin { get; init; } = 40;

    /// <summary>Steps from one checkpoint to the next.</summary>
    public int CheckpointSteps { get; init; } = 100;

    /// <summary>The network's sizes.</summary>
    public NetworkShape Shape { get; init; } = NetworkShape.BuiltIn;

    /// <summary>
    /// Rises in a line, stays, and falls to nothing over the last part (Hägele et al., 2024). Until it falls it does not
    /// depend on <see cref="Steps"/>, so a training may be made longer or shorter while it runs.
    /// </summary>
    public float Rate(int step)
    {
        if (step < WarmupSteps)
        {
            return RateMax * (step + 1) / WarmupSteps;
        }
        var left = (Steps - step) / (FallShare * Steps);
        return left >= 1 ? RateMax : RateMax * (1 - MathF.Sqrt(1 - left));
    }
}
