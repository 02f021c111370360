namespace Tandem.Parallel;

/// <summary>
/// How processes are numbered that hold copies of a model between them: copy by copy, stage by stage, rank by rank.
/// </summary>
/// <param name="Copies">Copies of the model.</param>
/// <param name="Stages">Stages of each copy.</param>
/// <param name="Ranks">Ranks of each stage.</param>
public sealed record ProcessLayout(int Copies, int Stages, int Ranks)
{
    /// <summary>Processes of one copy.</summary>
    public int CopyProcesses => Stages * Ranks;

    /// <summary>All processes.</summary>
    public int Processes => Copies * CopyProcesses;

    /// <summary>What messages call a process.</summary>
    /// <param name="process">Its number among all.</param>
    public string NameOf(int process)
    {
        var (copy, stage, rank) = (process / CopyProcesses, process / Ranks % Stages, process % Ranks);
        var name = FormattableString.Invariant($"stage {stage}, rank {rank}");
        return Copies == 1 ? name : FormattableString.Invariant($"copy {copy}, {name}");
    }
}
