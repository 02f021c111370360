using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;

namespace Tandem.Planning.Search;

/// <summary>
/// How long parts of a model take at a step: for each matrix, its weights times what the profile says of such a pass; attention,
/// activations and meetings beside them. docs/planning.md has the formulas.
/// </summary>
/// <param name="cost">The model.</param>
/// <param name="network">Between machines; null where there is one.</param>
/// <param name="areProcesses">Whether ranks are processes.</param>
internal sealed class StepTimer(ModelCost cost, LinkCost? network, bool areProcesses)
{
    // Attention and feed-forward end in a sum each.
    private const int SumsABlock = 2;

    /// <summary>The model.</summary>
    public ModelCost Cost => cost;

    /// <summary>Seconds that a rank computes at a layer.</summary>
    /// <param name="block">The layer.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="load">The step.</param>
    /// <param name="unitsBusy">Units of the rank's machine that compute at the same time.</param>
    public double Block(BlockCost block, RankPlacement rank, StepLoad load, double unitsBusy)
    {
        var seconds = 0.0;
        // Millions of times where plans are many: a loop that makes no enumerator.
        for (var i = 0; i < block.Matrices.Count; i++)
        {
            seconds += Matrix(block.Matrices[i], rank, load.Rows, unitsBusy);
        }
        seconds += Attention(block, rank, load, unitsBusy) + Activations(rank, load.Rows);
        var meetings = rank.Machine.Slowdown * UnitsPoint.At(rank.Machine.BlockMicroseconds, rank.Threads) * 1e-6;
        return seconds / rank.Threads + meetings;
    }

    /// <summary>Seconds that a rank computes at the output.</summary>
    public double Head(RankPlacement rank, StepLoad load, double unitsBusy) =>
        Matrix(cost.Head, rank, load.SampledRows, unitsBusy) / rank.Threads;

    /// <summary>Seconds of the sums over ranks at a layer.</summary>
    /// <param name="first">The first of the ranks.</param>
    /// <param name="ranks">How many there are.</param>
    /// <param name="areOfOneMachine">Whether all are on one machine.</param>
    /// <param name="rows">Rows of the step.</param>
    public double Sums(RankPlacement first, int ranks, bool areOfOneMachine, double rows)
    {
        if (ranks == 1)
        {
            return 0;
        }
        var machine = first.Machine;
        var bytes = rows * cost.StreamBytes;
        if (areOfOneMachine)
        {
            var costs = areProcesses && machine.ProcessSums.Count > 0 ? machine.ProcessSums : machine.ThreadSums;
            return SumsABlock * machine.Slowdown * CollectiveCost.Seconds(costs, ranks, bytes);
        }
        // A ring: every rank sends all but its own part twice.
        var others = ranks - 1;
        return SumsABlock * 2 * (others * network!.Microseconds * 1e-6 + bytes * others / ranks / (network.GBs * 1e9));
    }

    /// <summary>Seconds of handing a step to a stage.</summary>
    public double Handover(RankPlacement from, RankPlacement to, double rows)
    {
        var bytes = rows * cost.StreamBytes;
        var own = areProcesses ? from.Machine.ProcessHandover ?? from.Machine.Handover : from.Machine.Handover;
        return from.Instance == to.Instance ? own.Seconds(bytes) : network!.Seconds(bytes);
    }

    private static double Matrix(MatrixCost matrix, RankPlacement rank, double rows, double unitsBusy)
    {
        if (rows <= 0)
        {
            return 0;
        }
        var read = matrix.ExpertsRead(rows);
        var weights = read * matrix.Weights * ShareOf(matrix.Cut, rank);
        var bytesAWeight = (double)matrix.ExpertBytes / matrix.Weights;
        var tokens = rows * matrix.ExpertsUsed / read;
        return weights * rank.Machine.SecondsAWeight(matrix.Format, bytesAWeight, tokens, unitsBusy);
    }

    // Each query of a sequence's rows with each key that it sees, and with each value; or reading them, where that takes longer. Before that its keys
    // are stored; neighbouring rows store them in the same cache lines.
    private double Attention(BlockCost block, RankPlacement rank, StepLoad load, double unitsBusy)
    {
        var group = (double)cost.QueryHeads / cost.KeyValueHeads;
        var machine = rank.Machine;
        var secondsAByte = machine.SecondsAByte(unitsBusy);
        var storing = cost.KeyNumbers * rank.Heads * machine.KeyNanoseconds * 1e-9 * machine.Slowdown;
        var seconds = 0.0;
        foreach (var segment in load.Segments)
        {
            var seen = block.Sees(segment.FirstPosition + (segment.Rows - 1) * 0.5);
            var keys = BlockCost.Computed(seen, segment.Rows) * cost.CacheNumbers * rank.Heads;
            var computing = segment.Rows * group * keys * machine.SecondsAnAttention(group * segment.Rows);
            var reading = keys * ModelCost.CacheNumberBytes * secondsAByte;
            seconds += segment.Count * (storing + Math.Max(computing, reading));
        }
        return seconds;
    }

    // The residual stream is every rank's whole; what lies between a block's matrices is shared.
    private double Activations(RankPlacement rank, double rows)
    {
        var machine = rank.Machine;
        var numbers = cost.StreamNumbers + cost.FeedForwardNumbers * rank.FeedForward;
        var heads = cost.HeadNumbers * rank.Heads * (machine.HeadNumberNanoseconds ?? machine.NumberNanoseconds);
        return rows * (numbers * machine.NumberNanoseconds + heads) * 1e-9 * machine.Slowdown;
    }

    private static double ShareOf(MatrixCut cut, RankPlacement rank) =>
        cut switch
        {
            MatrixCut.HeadOutputs or MatrixCut.HeadInputs => rank.Heads,
            MatrixCut.FeedForward => rank.FeedForward,
            MatrixCut.Vocabulary => rank.Vocabulary,
            _ => 1,
        };
}
