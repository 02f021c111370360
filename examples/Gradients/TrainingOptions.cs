namespace Tandem.Examples.Gradients;

/// <summary>What to train.</summary>
internal sealed record TrainingOptions
{
    /// <summary>Batches that each make one update.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Images of a batch, all workers' together; a multiple of <see cref="Training.Shards"/>.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Threads that share each batch; a divisor of <see cref="Training.Shards"/>.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Of the first parameters and of the images.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How far a parameter moves in a step, about.</summary>
    public float Rate { get; init; } = 2e-3f;
}
