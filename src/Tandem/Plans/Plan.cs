namespace Tandem.Plans;

/// <summary>Who has what: the exact assignment of a model's parts to workers.</summary>
public sealed record Plan
{
    /// <summary>What was asked for.</summary>
    public required PlanRequest Request { get; init; }

    /// <summary>The copies of the model.</summary>
    public required IReadOnlyList<ReplicaPlan> Replicas { get; init; }

    /// <summary>Cores that the workers may use; fewer than they have threads where <see cref="IsOversubscribed"/>.</summary>
    public required int Cores { get; init; }

    /// <summary>Positions that a sequence may have.</summary>
    public int Context { get; init; }

    /// <summary>Pages of each copy's cache, of 64 positions.</summary>
    public int CachePages { get; init; }

    /// <summary>What the user should know about the sizes, or null.</summary>
    public string? Notice { get; init; }

    /// <summary>Threads of all workers together.</summary>
    public int Threads => Request.Workers * Request.Threads;

    /// <summary>Whether there are more threads than cores: then none has a core of its own, and none spins while it waits.</summary>
    public bool IsOversubscribed => Threads > Cores;

    /// <summary>Every worker.</summary>
    public IEnumerable<WorkerPlan> Workers =>
        Replicas.SelectMany(replica => replica.Stages).SelectMany(stage => stage.Workers);

    /// <inheritdoc/>
    public override string ToString() => Request.ToString();
}
