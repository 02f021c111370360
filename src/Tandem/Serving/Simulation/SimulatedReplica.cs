using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Serving.Simulation;

/// <summary>A copy of a model that is simulated: the engine's own scheduler, pacer and order of steps, on a runner that only tells time.</summary>
internal sealed class SimulatedReplica : IDisposable
{
    private static readonly SamplingParameters s_greedy = new() { Temperature = 0 };

    private readonly SimulatedRunner _runner;
    private readonly Scheduler _scheduler;
    private readonly Replica _replica;
    private readonly int _number;
    private readonly List<SimulatedStep>? _steps;

    /// <summary>A copy without requests.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="timers">How long its stages are at a step.</param>
    /// <param name="options">The scheduler's bounds.</param>
    /// <param name="slowdownMax">How long a step with prompts may take beside generation, as a multiple of one without.</param>
    /// <param name="steps">Where its steps are noted; null for nowhere.</param>
    public SimulatedReplica(
        int number,
        TimerSchedule timers,
        SchedulerOptions options,
        double slowdownMax,
        List<SimulatedStep>? steps
    )
    {
        (_number, _steps) = (number, steps);
        _runner = new SimulatedRunner(timers, options.SampledRowsMax) { OnStep = steps is null ? null : Note };
        _scheduler = new Scheduler(options);
        _replica = new Replica(_scheduler, _runner, new PromptPacer(options.StepTokensMax, slowdownMax));
    }

    /// <summary>Its clock, in seconds.</summary>
    public double Now => _runner.Now;

    /// <summary>Whether it has anything to do.</summary>
    public bool HasWork => _scheduler.HasWork;

    /// <summary>Seconds that each stage has computed.</summary>
    public IReadOnlyList<double> BusySeconds => _runner.BusySeconds;

    /// <summary>Takes a request.</summary>
    /// <exception cref="InputException">It is longer than there is room for.</exception>
    public void Add(SimulatedJob job)
    {
        if (!HasWork)
        {
            _runner.Now = Math.Max(_runner.Now, job.ArrivalSeconds);
        }
        _scheduler.Add(job.Sequence, TimeSpan.FromSeconds(job.ArrivalSeconds));
    }

    /// <summary>The sequence of a request.</summary>
    public static Sequence SequenceOf(SimulatedRequest request) =>
        new(new int[request.PromptTokens], request.AnswerTokens, s_greedy);

    /// <summary>Runs on until a step's result is there, and tells whose tokens it brought.</summary>
    /// <param name="replicasBusy">How many copies have something to do.</param>
    /// <param name="ended">Takes those that have ended.</param>
    public void Step(int replicasBusy, List<SimulatedJob> ended)
    {
        _runner.ReplicasBusy = replicasBusy;
        foreach (var token in _replica.Step(out _))
        {
            var job = (SimulatedJob)token.Sequence.Owner!;
            job.Tokens++;
            if (job.Tokens == 1)
            {
                job.FirstTokenSeconds = Now;
            }
            if (token.Last)
            {
                job.EndSeconds = Now;
                ended.Add(job);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _replica.Dispose();

    private void Note(int stage, StepPlan plan, double start, double end)
    {
        _steps!.Add(
            new SimulatedStep(
                _number,
                stage,
                plan.Id,
                plan.Rows,
                plan.Rows - plan.GeneratingRows,
                start,
                end,
                _scheduler.Waiting.Count
            )
        );
    }
}
