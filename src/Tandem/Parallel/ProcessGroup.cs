namespace Tandem.Parallel;

/// <summary>
/// The processes that hold one copy of a model between them, as one of them sees it: stages that follow each other, each shared by as
/// many ranks. A process's number in the world is stage × ranks + rank. Its operations are for one thread at a time.
/// </summary>
public sealed class ProcessGroup
{
    /// <summary>This process's ends of its two groups.</summary>
    /// <param name="world">All processes.</param>
    /// <param name="ranks">Those of the same stage, in the order of their numbers.</param>
    public ProcessGroup(ICommunicator world, ICommunicator ranks)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ranks.Rank, world.Rank % ranks.Size);
        ArgumentOutOfRangeException.ThrowIfNotEqual(world.Size % ranks.Size, 0);
        (World, Ranks) = (world, ranks);
    }

    /// <summary>All processes.</summary>
    public ICommunicator World { get; }

    /// <summary>The processes of the same stage.</summary>
    public ICommunicator Ranks { get; }

    /// <summary>How many stages there are.</summary>
    public int Stages => World.Size / Ranks.Size;

    /// <summary>This process's stage.</summary>
    public int Stage => World.Rank / Ranks.Size;

    /// <summary>The process of the same rank in the stage before.</summary>
    public int Previous => World.Rank - Ranks.Size;

    /// <summary>The process of the same rank in the next stage.</summary>
    public int Next => World.Rank + Ranks.Size;

    /// <summary>Whether nothing comes after this process's stage.</summary>
    public bool IsLastStage => Stage == Stages - 1;

    /// <summary>Rank 0 of the last stage.</summary>
    public int Sampler => World.Size - Ranks.Size;

    /// <summary>What messages call the process of a number in the world.</summary>
    /// <param name="process">The number.</param>
    /// <param name="ranks">How many ranks a stage has.</param>
    public static string NameOf(int process, int ranks) =>
        FormattableString.Invariant($"stage {process / ranks}, rank {process % ranks}");
}
