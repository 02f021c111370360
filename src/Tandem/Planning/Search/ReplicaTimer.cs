using Tandem.Planning.Costs;

namespace Tandem.Planning.Search;

/// <summary>How long the stages of one copy are at a step.</summary>
internal sealed class ReplicaTimer
{
    private readonly StepTimer _timer;
    private readonly IReadOnlyList<StagePlacement> _stages;
    private readonly RankPlacement[][] _ranks; // [stage]: those of each stage that differ in anything
    private readonly double[][] _unitsOwn; // [stage][rank]: the stage's units on that rank's machine
    private readonly double[][] _unitsUsed; // [stage][rank]: all workers' units on that rank's machine
    private readonly (BlockCost Block, int Count)[][] _kinds; // [stage]

    /// <summary>The times of a copy.</summary>
    /// <param name="timer">Of the model's parts.</param>
    /// <param name="stages">Where its stages are.</param>
    /// <param name="units">All units.</param>
    /// <param name="unitsUsed">How many of them the plan uses.</param>
    public ReplicaTimer(StepTimer timer, IReadOnlyList<StagePlacement> stages, UnitMap units, int unitsUsed)
    {
        (_timer, _stages) = (timer, stages);
        _ranks = [.. stages.Select(stage => stage.Ranks.Distinct().ToArray())];
        _unitsOwn =
        [
            .. stages.Select(
                (stage, i) =>
                    _ranks[i]
                        .Select(rank =>
                            (double)
                                stage.Ranks.Where(other => other.Instance == rank.Instance).Sum(other => other.Threads)
                        )
                        .ToArray()
            ),
        ];
        _unitsUsed =
        [
            .. _ranks.Select(ranks => ranks.Select(rank => (double)units.UsedOf(rank.Instance, unitsUsed)).ToArray()),
        ];
        _kinds = [.. stages.Select(stage => timer.Cost.KindsOf(stage.Layers))];
    }

    /// <summary>How many stages there are.</summary>
    public int Stages => _stages.Count;

    /// <summary>Seconds that a step takes whatever it computes.</summary>
    public double StepSeconds =>
        _stages[0].Ranks[0].Machine.Slowdown * _stages[0].Ranks[0].Machine.StepMicroseconds * 1e-6;

    /// <summary>How long a stage is at a step.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="load">The step.</param>
    /// <param name="stagesBusy">Stages, of all copies, that compute at the same time.</param>
    public StageTime Time(int stage, StepLoad load, int stagesBusy)
    {
        var slowest = 0.0;
        var isLast = stage == _stages.Count - 1;
        for (var i = 0; i < _ranks[stage].Length; i++)
        {
            var rank = _ranks[stage][i];
            var busy = Math.Min(_unitsUsed[stage][i], _unitsOwn[stage][i] * stagesBusy);
            var seconds = isLast ? _timer.Head(rank, load, busy) : 0;
            foreach (var (block, count) in _kinds[stage])
            {
                seconds += count * _timer.Block(block, rank, load, busy);
            }
            slowest = Math.Max(slowest, seconds);
        }
        var sums = _stages[stage].Layers.Count * _timer.Sums(_stages[stage].Ranks, load.Rows);
        return new StageTime(slowest, sums);
    }

    /// <summary>Seconds of handing a step from a stage to the next.</summary>
    public double Handover(int stage, double rows) =>
        _timer.Handover(_stages[stage].Ranks[0], _stages[stage + 1].Ranks[0], rows);
}
