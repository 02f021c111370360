namespace Tandem.Parallel;

/// <summary>
/// The processes that hold copies of a model between them, as one of them sees it: each copy has stages that follow each other, each
/// shared by as many ranks. Process 0 schedules the steps of all copies. Each group is for one thread at a time.
/// </summary>
public sealed class ProcessGroup
{
    /// <summary>This process's ends of its groups.</summary>
    /// <param name="layout">How processes are numbered.</param>
    /// <param name="world">All processes.</param>
    /// <param name="copy">Those of the same copy, in the order of their numbers.</param>
    /// <param name="ranks">Those of the same stage, in the order of their numbers.</param>
    /// <param name="driver">
    /// Where the copy is not the first: process 0, and behind it the processes of the copy. Else <paramref name="copy"/>.
    /// </param>
    /// <param name="others">For process 0: such groups for all copies but the first. Else nothing.</param>
    public ProcessGroup(
        ProcessLayout layout,
        ICommunicator world,
        ICommunicator copy,
        ICommunicator ranks,
        ICommunicator driver,
        IReadOnlyList<ICommunicator> others
    )
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(world.Size, layout.Processes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(copy.Size, layout.CopyProcesses);
        ArgumentOutOfRangeException.ThrowIfNotEqual(copy.Rank, world.Rank % copy.Size);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ranks.Size, layout.Ranks);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ranks.Rank, world.Rank % ranks.Size);
        ArgumentOutOfRangeException.ThrowIfNotEqual(others.Count, world.Rank == 0 ? layout.Copies - 1 : 0);
        (Layout, World, Copy, Ranks, Driver, Others) = (layout, world, copy, ranks, driver, others);
    }

    /// <summary>How processes are numbered.</summary>
    public ProcessLayout Layout { get; }

    /// <summary>All processes.</summary>
    public ICommunicator World { get; }

    /// <summary>The processes of the same copy; a process's number there is stage × ranks + rank.</summary>
    public ICommunicator Copy { get; }

    /// <summary>The processes of the same stage of the same copy.</summary>
    public ICommunicator Ranks { get; }

    /// <summary>The group in which number 0 is process 0 and the others are this process's copy.</summary>
    public ICommunicator Driver { get; }

    /// <summary>For process 0: the same groups of all copies but the first.</summary>
    public IReadOnlyList<ICommunicator> Others { get; }

    /// <summary>This process's copy.</summary>
    public int Replica => World.Rank / Layout.CopyProcesses;

    /// <summary>This process's stage.</summary>
    public int Stage => Copy.Rank / Layout.Ranks;

    /// <summary>The process of the same rank in the stage before, within the copy.</summary>
    public int Previous => Copy.Rank - Layout.Ranks;

    /// <summary>The process of the same rank in the next stage, within the copy.</summary>
    public int Next => Copy.Rank + Layout.Ranks;

    /// <summary>Whether nothing comes after this process's stage.</summary>
    public bool IsLastStage => Stage == Layout.Stages - 1;

    /// <summary>Rank 0 of the last stage, within a copy.</summary>
    public int Sampler => Layout.CopyProcesses - Layout.Ranks;

    /// <summary>Whether this process is its copy's <see cref="Sampler"/>.</summary>
    public bool IsSampler => Copy.Rank == Sampler;

    /// <summary>What messages call this process.</summary>
    public string Name => Layout.NameOf(World.Rank);
}
