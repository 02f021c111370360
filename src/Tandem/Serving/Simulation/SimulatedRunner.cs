using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Serving.Simulation;

/// <summary>
/// Runs steps on a clock of its own, by what a timer says of them: as <see cref="ModelRunner"/> does, the caller is the first stage, the
/// others run on as soon as they have a step and are free, and the result is there when the last one ends.
/// </summary>
internal sealed class SimulatedRunner : IModelRunner
{
    private readonly TimerSchedule _timers;
    private readonly StepResult _result;
    private readonly double[] _free; // [stage]
    private readonly double[] _busy; // [stage]
    private readonly Queue<Flight> _flights = new();
    private readonly StepLoad _load = new();

    /// <summary>A runner whose clock is at 0.</summary>
    /// <param name="timers">How long stages are at a step.</param>
    /// <param name="sampledRowsMax">The most rows that a step may sample.</param>
    public SimulatedRunner(TimerSchedule timers, int sampledRowsMax)
    {
        _timers = timers;
        _result = new StepResult(sampledRowsMax, 0);
        _free = new double[timers.Stages];
        _busy = new double[timers.Stages];
    }

    /// <inheritdoc/>
    public int Depth => _timers.Stages;

    /// <inheritdoc/>
    public IReadOnlyList<WorkerFigures> Workers => [];

    /// <summary>The caller's clock, in seconds.</summary>
    public double Now { get; set; }

    /// <summary>How many copies have something to do, and read memory beside this one.</summary>
    public int ReplicasBusy { get; set; } = 1;

    /// <summary>Told of every step of every stage; null for nobody.</summary>
    public Action<int, StepPlan, double, double>? OnStep { get; init; }

    /// <summary>Seconds that each stage has computed.</summary>
    public IReadOnlyList<double> BusySeconds => _busy;

    /// <inheritdoc/>
    public void Submit(StepPlan plan)
    {
        _load.Read(plan);
        var now = _timers.At(Now);
        var (timer, slowdown) = (now.Timer, now.Slowdown(plan));
        var stagesBusy = Math.Min(timer.Stages, _flights.Count + 1) * ReplicasBusy;
        var times = timer.Times(_load, stagesBusy);
        var last = 0.0;
        var at = Now;
        for (var stage = 0; stage < timer.Stages; stage++)
        {
            last = times[stage].Seconds * slowdown;
            var start = Math.Max(at, _free[stage]);
            _free[stage] = start + last;
            _busy[stage] += last;
            OnStep?.Invoke(stage, plan, start, _free[stage]);
            at = _free[stage] + (stage + 1 < timer.Stages ? timer.Handover(stage, _load.Rows) : 0);
            if (stage == 0)
            {
                Now = _free[0];
            }
        }
        _flights.Enqueue(new Flight(plan.Id, plan.SampledRows, at, last));
    }

    /// <inheritdoc/>
    public StepResult Receive()
    {
        var flight = _flights.Dequeue();
        Now = Math.Max(Now, flight.EndSeconds);
        Now += _timers.At(Now).Timer.StepSeconds;
        (_result.Id, _result.Count, _result.ComputeSeconds) = (flight.Id, flight.SampledRows, flight.LastSeconds);
        return _result;
    }

    /// <inheritdoc/>
    public void Dispose() { }

    private readonly record struct Flight(long Id, int SampledRows, double EndSeconds, double LastSeconds);
}
