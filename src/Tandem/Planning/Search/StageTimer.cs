using Tandem.Planning.Costs;

namespace Tandem.Planning.Search;

/// <summary>How long one stage is at a step.</summary>
internal sealed class StageTimer
{
    private readonly StepTimer _timer;
    private readonly int _ranks;
    private readonly int _layers;
    private readonly bool _isLast;
    private readonly bool _isOfOneMachine;
    private readonly TimedRank[] _different; // the first of all ranks that take as long
    private readonly (BlockCost Block, int Count)[] _kinds;

    /// <summary>The times of a stage.</summary>
    /// <param name="timer">Of the model's parts.</param>
    /// <param name="stage">Where its ranks are.</param>
    /// <param name="isLast">Whether it has the output.</param>
    /// <param name="units">All units.</param>
    /// <param name="unitsUsed">How many of them the plan uses.</param>
    public StageTimer(StepTimer timer, StagePlacement stage, bool isLast, UnitMap units, int unitsUsed)
    {
        var ranks = stage.Ranks;
        (_timer, _isLast, _ranks, _layers) = (timer, isLast, ranks.Count, stage.Layers.Count);
        _kinds = timer.Cost.KindsOf(stage.Layers);
        _isOfOneMachine = ranks.All(rank => rank.Instance == ranks[0].Instance);
        _different =
        [
            .. ranks
                .GroupBy(rank => rank.Instance)
                .SelectMany(here =>
                {
                    var (own, used) = (here.Sum(rank => rank.Threads), units.UsedOf(here.Key, unitsUsed));
                    return here.Select(rank => new TimedRank(rank, own, used));
                })
                .Distinct(TimedRank.Alike),
        ];
    }

    /// <summary>How long the stage is at a step.</summary>
    /// <param name="load">The step.</param>
    /// <param name="stagesBusy">Stages, of all copies, that compute at the same time.</param>
    public StageTime Time(StepLoad load, int stagesBusy)
    {
        var slowest = 0.0;
        foreach (var (rank, own, used) in _different)
        {
            var busy = Math.Min(used, own * stagesBusy);
            var seconds = _isLast ? _timer.Head(rank, load, busy) : 0;
            foreach (var (block, count) in _kinds)
            {
                seconds += count * _timer.Block(block, rank, load, busy);
            }
            slowest = Math.Max(slowest, seconds);
        }
        var sums = _timer.Sums(_different[0].Rank, _ranks, _isOfOneMachine, load.Rows);
        return new StageTime(slowest, _layers * sums);
    }

    /// <summary>Whether another stage of the same model takes as long at any step.</summary>
    public bool IsLike(StageTimer other) =>
        (_ranks, _layers, _isLast, _isOfOneMachine)
            == (other._ranks, other._layers, other._isLast, other._isOfOneMachine)
        && _different.SequenceEqual(other._different, TimedRank.Alike)
        && _kinds.SequenceEqual(other._kinds);

    /// <summary>A rank, and what else computes on its machine.</summary>
    /// <param name="Rank">The rank.</param>
    /// <param name="UnitsOwn">The stage's units there.</param>
    /// <param name="UnitsUsed">All workers' units there.</param>
    private readonly record struct TimedRank(RankPlacement Rank, double UnitsOwn, double UnitsUsed)
    {
        public static readonly EqualityComparer<TimedRank> Alike = EqualityComparer<TimedRank>.Create(
            (one, other) =>
                (one.UnitsOwn, one.UnitsUsed) == (other.UnitsOwn, other.UnitsUsed)
                && RankPlacement.Alike.Equals(one.Rank, other.Rank),
            timed => RankPlacement.Alike.GetHashCode(timed.Rank)
        );
    }
}
