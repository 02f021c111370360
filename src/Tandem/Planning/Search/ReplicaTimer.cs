namespace Tandem.Planning.Search;

/// <summary>How long the stages of one copy are at a step.</summary>
internal sealed class ReplicaTimer
{
    private readonly StepTimer _timer;
    private readonly IReadOnlyList<StagePlacement> _stages;
    private readonly StageTimer[] _timers; // [stage]: one for all stages that take as long

    /// <summary>The times of a copy.</summary>
    /// <param name="timer">Of the model's parts.</param>
    /// <param name="stages">Where its stages are.</param>
    /// <param name="units">All units.</param>
    /// <param name="unitsUsed">How many of them the plan uses.</param>
    public ReplicaTimer(StepTimer timer, IReadOnlyList<StagePlacement> stages, UnitMap units, int unitsUsed)
    {
        (_timer, _stages) = (timer, stages);
        _timers = new StageTimer[stages.Count];
        for (var i = 0; i < _timers.Length; i++)
        {
            var stage = new StageTimer(timer, stages[i], i == _timers.Length - 1, units, unitsUsed);
            _timers[i] = _timers.Take(i).FirstOrDefault(stage.IsLike) ?? stage;
        }
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
    public StageTime Time(int stage, StepLoad load, int stagesBusy) => _timers[stage].Time(load, stagesBusy);

    /// <summary>How long each stage is at a step; those that take as long are computed once.</summary>
    /// <param name="load">The step.</param>
    /// <param name="stagesBusy">Stages, of all copies, that compute at the same time.</param>
    public StageTime[] Times(StepLoad load, int stagesBusy)
    {
        var times = new StageTime[_timers.Length];
        for (var stage = 0; stage < times.Length; stage++)
        {
            var first = Array.IndexOf(_timers, _timers[stage]);
            times[stage] = first < stage ? times[first] : Time(stage, load, stagesBusy);
        }
        return times;
    }

    /// <summary>Seconds of handing a step from a stage to the next.</summary>
    public double Handover(int stage, double rows) =>
        _timer.Handover(_stages[stage].Ranks[0], _stages[stage + 1].Ranks[0], rows);
}
