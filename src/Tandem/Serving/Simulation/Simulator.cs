using System.Globalization;
using Tandem.Devices;
using Tandem.Parallel;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Serving.Simulation;

/// <summary>
/// What would become of a load: the engine's own scheduler and router, step by step, on clocks that run as a profile says. The same input
/// gives the same result on every machine.
/// </summary>
public sealed class Simulator : IDisposable
{
    private readonly SimulationOptions _options;
    private readonly List<SimulatedReplica> _replicas = [];
    private readonly List<SimulatedStep>? _steps;
    private readonly Router _router;
    private readonly Queue<SimulatedRequest> _arrivals;
    private readonly List<SimulatedJob> _jobs = [];
    private readonly List<SimulatedJob> _ended = [];

    private Simulator(
        IReadOnlyList<TimerSchedule> timers,
        PlanRequest plan,
        SchedulerOptions scheduling,
        SimulationOptions options,
        IReadOnlyList<SimulatedRequest> load
    )
    {
        _options = options;
        _steps = options.NotesSteps ? [] : null;
        for (var replica = 0; replica < plan.DataParallel; replica++)
        {
            _replicas.Add(new SimulatedReplica(replica, timers[replica], scheduling, options.StepSlowdownMax, _steps));
        }
        _router = new Router(new RouterOptions { Replicas = plan.DataParallel, BlockLength = KvLayer.PageLength });
        _arrivals = new Queue<SimulatedRequest>(
            options.Closed is null ? load.OrderBy(request => request.AtSeconds) : load
        );
    }

    /// <summary>Simulates a load.</summary>
    /// <param name="cost">The model.</param>
    /// <param name="profile">The machines.</param>
    /// <param name="plan">How it is split; layers and shares are balanced where it does not say.</param>
    /// <param name="stepTokensMax">Tokens of the largest step.</param>
    /// <param name="load">The requests.</param>
    /// <param name="options">How.</param>
    /// <exception cref="InputException">The plan does not fit the machines, of whatever time, or a request the context.</exception>
    public static SimulationResult Run(
        ModelCost cost,
        HardwareProfile profile,
        PlanRequest plan,
        int stepTokensMax,
        IReadOnlyList<SimulatedRequest> load,
        SimulationOptions options
    )
    {
        using var simulator = Of(cost, profile, plan, stepTokensMax, load, options);
        simulator.Run(goesOn: _ => true);
        return simulator.Result();
    }

    /// <summary>Whether a load's requests keep to an objective, but for some; simulated no further than it takes to know.</summary>
    /// <param name="cost">The model.</param>
    /// <param name="profile">The machines.</param>
    /// <param name="candidate">The plan.</param>
    /// <param name="load">The requests.</param>
    /// <param name="options">How.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="missesMax">How many requests may miss it.</param>
    /// <exception cref="InputException">The plan does not fit the machines, or a request the context.</exception>
    internal static bool Keeps(
        ModelCost cost,
        HardwareProfile profile,
        Candidate candidate,
        IReadOnlyList<SimulatedRequest> load,
        SimulationOptions options,
        ServiceObjective objective,
        int missesMax
    )
    {
        using var simulator = Of(cost, profile, candidate.Request, candidate.StepTokensMax, load, options);
        var misses = 0;
        simulator.Run(ended =>
        {
            misses += ended.Count(job => objective.Excess(job.Answer.TtftSeconds, job.Answer.TpotSeconds) > 1);
            return misses <= missesMax;
        });
        return misses <= missesMax;
    }

    /// <summary>Whether a copy has room in memory for each of a load's requests by itself.</summary>
    internal static bool HasRoom(
        ModelCost cost,
        HardwareProfile profile,
        PlanRequest plan,
        IReadOnlyList<SimulatedRequest> load
    ) => PagesAllowed(cost, profile, plan) >= PagesOf(Longest(load));

    /// <summary>Ends it.</summary>
    public void Dispose() => _replicas.ForEach(replica => replica.Dispose());

    private static Simulator Of(
        ModelCost cost,
        HardwareProfile profile,
        PlanRequest plan,
        int stepTokensMax,
        IReadOnlyList<SimulatedRequest> load,
        SimulationOptions options
    )
    {
        profile.Check();
        if (load.Count == 0)
        {
            throw new InputException("simulation: the load has no requests, expected one or more");
        }
        var workload = new Workload
        {
            PromptTokens = Math.Max(1, (int)load.Average(request => request.PromptTokens)),
            AnswerTokens = Math.Max(1, (int)load.Average(request => request.AnswerTokens)),
            Concurrency = options.Closed ?? 1,
        };
        IReadOnlyList<ReplicaTimer> TimersOf(HardwareProfile machines) =>
            new PlanEvaluator(cost, machines, workload, options.AreProcesses).TimersOf(plan, stepTokensMax);
        var longest = Longest(load);
        var scheduling = new SchedulerOptions
        {
            Pages = Pages(cost, profile, plan, longest, options),
            PageLength = KvLayer.PageLength,
            Context = Math.Max(cost.Context, longest),
            SequencesMax = options.SequencesMax,
            StepTokensMax = Math.Max(options.SequencesMax + 1, stepTokensMax),
            PrefixCache = false,
            Depth = plan.PipelineParallel,
        };
        MachineChange[] machines = [new(0, profile), .. options.Changes];
        return new Simulator(Schedules(TimersOf, plan.DataParallel, machines), plan, scheduling, options, load);
    }

    // Of each copy. A profile that comes again has the same timers.
    private static List<TimerSchedule> Schedules(
        Func<HardwareProfile, IReadOnlyList<ReplicaTimer>> timersOf,
        int replicas,
        IReadOnlyList<MachineChange> machines
    )
    {
        var timers = machines.Select(change => change.Profile).Distinct().ToDictionary(one => one, timersOf);
        return
        [
            .. Enumerable
                .Range(0, replicas)
                .Select(replica => new TimerSchedule([
                    .. machines.Select(change => new TimerSchedule.Entry(change, timers[change.Profile][replica])),
                ])),
        ];
    }

    private static int Longest(IReadOnlyList<SimulatedRequest> load) =>
        load.Max(request => request.PromptTokens + request.AnswerTokens);

    private static int PagesOf(int tokens) => tokens / KvLayer.PageLength + 1;

    // As the engine would take it: at most whole contexts of all sequences.
    private static int Pages(
        ModelCost cost,
        HardwareProfile profile,
        PlanRequest plan,
        int longest,
        SimulationOptions options
    )
    {
        var allowed = PagesAllowed(cost, profile, plan);
        return allowed >= PagesOf(longest)
            ? (int)Math.Min(allowed, (PagesOf(longest) + 1.0) * options.SequencesMax)
            : throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"simulation: a request of {longest} tokens needs {PagesOf(longest)} pages of cache, and memory has room for {Math.Max(0, (int)allowed)}"
                )
            );
    }

    // Half of what the weights leave of a copy's part of the machines' memory.
    private static double PagesAllowed(ModelCost cost, HardwareProfile profile, PlanRequest plan)
    {
        var memory = profile.Machines.Sum(machine => (double)machine.MemoryBytes * machine.Count);
        var pageBytes = (double)KvLayer.PageLength * cost.CacheNumbers * ModelCost.CacheNumberBytes * cost.Blocks.Count;
        return (memory - cost.Bytes) / 2 / plan.DataParallel / pageBytes;
    }

    // Until all have their answers, or who is told of those that ended has seen enough.
    private void Run(Func<IReadOnlyList<SimulatedJob>, bool> goesOn)
    {
        for (var client = 0; client < _options.Closed; client++)
        {
            Arrive(0);
        }
        while (true)
        {
            var next = NextReplica();
            if (_options.Closed is null && HandOver(next))
            {
                continue;
            }
            if (next is null)
            {
                break;
            }
            Step(next);
            if (!goesOn(_ended))
            {
                break;
            }
        }
    }

    // In the order of arrival, whoever ended first.
    private SimulationResult Result() =>
        new(
            [.. _jobs.Select(job => job.Answer)],
            _steps ?? [],
            _jobs.Max(job => job.EndSeconds),
            [.. _replicas.Select(replica => replica.BusySeconds)]
        );

    // The copy whose clock is behind all others' that have work.
    private SimulatedReplica? NextReplica()
    {
        SimulatedReplica? next = null;
        foreach (var replica in _replicas)
        {
            if (replica.HasWork && (next is null || replica.Now < next.Now))
            {
                next = replica;
            }
        }
        return next;
    }

    // Hands out what has arrived before that copy's next step, or, where none has work, what arrives next.
    private bool HandOver(SimulatedReplica? next)
    {
        if (_arrivals.Count == 0 || (next is not null && _arrivals.Peek().AtSeconds > next.Now))
        {
            return false;
        }
        Arrive(_arrivals.Peek().AtSeconds);
        return true;
    }

    private void Arrive(double at)
    {
        if (!_arrivals.TryDequeue(out var request))
        {
            return;
        }
        var job = new SimulatedJob(request, at);
        // All prompts are different here, so none is known anywhere.
        job.Replica = _router.Pick([], salt: null, job.Work);
        _replicas[job.Replica].Add(job);
        _jobs.Add(job);
    }

    private void Step(SimulatedReplica replica)
    {
        _ended.Clear();
        replica.Step(_replicas.Count(other => other.HasWork), _ended);
        foreach (var job in _ended)
        {
            _router.Complete(job.Replica, job.Work);
            if (_options.Closed is not null)
            {
                Arrive(job.EndSeconds);
            }
        }
    }
}
