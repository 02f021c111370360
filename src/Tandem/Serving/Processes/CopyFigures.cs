using System.Runtime.InteropServices;
using Tandem.Parallel;

namespace Tandem.Serving.Processes;

/// <summary>
/// What the processes of one copy have spent their time on. It goes with the steps: each process adds its figures to the plan that it
/// passes on, the ranks of the last stage gather them, and they come to process 0 with the results.
/// </summary>
/// <param name="layout">How processes are numbered.</param>
/// <param name="replica">The copy.</param>
internal sealed class CopyFigures(ProcessLayout layout, int replica)
{
    /// <summary>Numbers that a process tells.</summary>
    public const int Length = 4;

    // Seconds, [rank][stage][figure]: a rank's figures of all stages go one way.
    private readonly double[] _seconds = new double[layout.CopyProcesses * Length];
    private readonly double[] _own = new double[layout.Stages * Length];

    /// <summary>The same as a list, stage by stage, rank by rank; any thread may ask.</summary>
    public IReadOnlyList<WorkerFigures> Workers =>
        [
            .. Enumerable
                .Range(0, layout.CopyProcesses)
                .Select(process => FiguresOf(process / layout.Ranks, process % layout.Ranks)),
        ];

    /// <summary>On the last stage: gathers what came with a plan, and what its own processes tell, from all ranks.</summary>
    /// <param name="ranks">The ranks of the last stage.</param>
    /// <param name="plan">The plan, read up to the figures of the stages before.</param>
    /// <param name="own">What this process tells.</param>
    public void Gather(ICommunicator ranks, Message plan, ReadOnlySpan<double> own)
    {
        var earlier = _own.Length - Length;
        plan.Read(_own.AsSpan(0, earlier));
        own.CopyTo(_own.AsSpan(earlier));
        // Only moved, never added: the halves of a double pass for floats.
        ranks.AllGather(MemoryMarshal.Cast<double, float>(_own), MemoryMarshal.Cast<double, float>(_seconds.AsSpan()));
    }

    /// <summary>Adds the figures to a result on its way to process 0.</summary>
    public void Write(Message result) => result.Write<double>(_seconds);

    /// <summary>Takes them from a result.</summary>
    public void Read(Message result) => result.Read(_seconds.AsSpan());

    private WorkerFigures FiguresOf(int stage, int rank)
    {
        var at = _seconds.AsSpan((rank * layout.Stages + stage) * Length, Length);
        return new WorkerFigures(replica, stage, rank, at[0], at[1], at[2], at[3]);
    }
}
