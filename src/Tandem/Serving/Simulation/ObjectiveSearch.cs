using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Serving.Simulation;

/// <summary>
/// Finds the cheapest plan with which a load keeps to an objective: plans are simulated with the engine's own scheduler, in the order of
/// what they cost, until one does. Fewer units cost less, then less memory. A pure function.
/// </summary>
public sealed class ObjectiveSearch
{
    /// <summary>The share of a load's requests that have to keep to the objective.</summary>
    public const double Share = 0.95;

    // Expectations are within 5 % of simulations where both are exact: a plan of which so much more is expected is not simulated.
    private const double Doubt = 1.1;

    // Where no plan meets the objective, so many of those that are expected to come nearest are simulated to the end.
    private const int NearestMax = 12;

    private readonly ModelCost _cost;
    private readonly HardwareProfile _profile;
    private readonly ServiceObjective _objective;
    private readonly IReadOnlyList<SimulatedRequest> _load;
    private readonly SimulationOptions _options;
    private readonly HashSet<Candidate> _simulated = [];

    private ObjectiveSearch(
        ModelCost cost,
        HardwareProfile profile,
        ServiceObjective objective,
        IReadOnlyList<SimulatedRequest> load,
        SimulationOptions options
    ) => (_cost, _profile, _objective, _load, _options) = (cost, profile, objective, load, options);

    // How many requests may miss the objective.
    private int MissesMax => (int)(_load.Count * (1 - Share));

    /// <summary>The cheapest plan that meets the objective, or the one that comes nearest.</summary>
    /// <param name="cost">The model.</param>
    /// <param name="profile">The machines.</param>
    /// <param name="objective">What requests are to keep to.</param>
    /// <param name="load">The requests.</param>
    /// <param name="options">How they are simulated; they arrive when they do.</param>
    /// <param name="asked">The one plan that is looked at; null for all.</param>
    /// <exception cref="InputException">No plan fits the machines, the profile makes no sense, or the load has no requests.</exception>
    public static ObjectiveChoice Find(
        ModelCost cost,
        HardwareProfile profile,
        ServiceObjective objective,
        IReadOnlyList<SimulatedRequest> load,
        SimulationOptions options,
        PlanRequest? asked = null
    )
    {
        profile.Check();
        if (load.Count == 0)
        {
            throw new InputException("objective: the load has no requests, expected one or more");
        }
        return new ObjectiveSearch(cost, profile, objective, load, options).Find(asked);
    }

    private ObjectiveChoice Find(PlanRequest? asked)
    {
        var plans = asked is null ? PlanSearch.Requests(_cost, _profile) : [asked];
        var candidates = Candidates(plans, Unloaded());
        if (candidates.Count == 0)
        {
            throw NothingFits(asked);
        }
        foreach (var candidate in candidates)
        {
            if (
                Excess(candidate) <= Doubt
                && LeastSeconds(candidate) <= Doubt * AllowedSeconds()
                && Keeps(candidate, _load)
            )
            {
                return Choice(candidate, Run(candidate), candidates.Count, meets: true);
            }
        }
        var (nearest, result) = Nearest(candidates);
        return Choice(nearest, result, candidates.Count, meets: false);
    }

    private ObjectiveChoice Choice(Candidate candidate, SimulationResult result, int considered, bool meets) =>
        new()
        {
            Objective = _objective,
            Candidate = candidate,
            Result = result,
            Meets = meets,
            Goodput = result.Goodput(_objective),
            Considered = considered,
            Simulated = _simulated.Count,
            Limit = LoadLimit.Find(_load, load => Keeps(candidate, load)),
        };

    // The longest prompt of those that have to keep to the objective, by itself: no plan does better on it under load.
    private Workload Unloaded() =>
        new()
        {
            PromptTokens = Math.Max(
                1,
                _load.Select(request => request.PromptTokens).Order().ElementAt(_load.Count - 1 - MissesMax)
            ),
            AnswerTokens = 1,
            Goal = PlanGoal.Objective,
            Objective = _objective,
        };

    // All plans that fit, the cheapest first; each with the size of step that suits a workload best.
    private List<Candidate> Candidates(IEnumerable<PlanRequest> plans, Workload workload)
    {
        var evaluator = new PlanEvaluator(_cost, _profile, workload, _options.AreProcesses);
        return
        [
            .. plans
                .Select(request => evaluator.Best(request, PlanSearch.ChunksOf(request), IsNearer))
                .OfType<Candidate>()
                .Where(candidate => Simulator.HasRoom(_cost, _profile, candidate.Request, _load))
                .OrderBy(candidate => candidate.Units)
                .ThenBy(candidate => candidate.Prediction.WorkerBytesMax * candidate.Request.Workers)
                .ThenBy(candidate => candidate.Request.PipelineParallel)
                .ThenBy(candidate => candidate.Request.TensorParallel),
        ];
    }

    private double Excess(Candidate candidate) =>
        _objective.Excess(candidate.Prediction.TtftSeconds, candidate.Prediction.TpotSeconds);

    private bool IsNearer(Candidate one, Candidate other) => Excess(one) < Excess(other);

    // Of those of which least excess is expected under the load, the one with which most requests keep to the objective.
    private (Candidate, SimulationResult) Nearest(List<Candidate> candidates)
    {
        var rate = SimulatedLoad.RequestsPerSecond(_load);
        var workload = new Workload
        {
            PromptTokens = Math.Max(1, (int)_load.Average(request => request.PromptTokens)),
            AnswerTokens = Math.Max(1, (int)_load.Average(request => request.AnswerTokens)),
            Concurrency = rate is null ? Math.Min(_load.Count, _options.SequencesMax) : 1,
            ArrivalsPerSecond = rate,
        };
        var evaluator = new PlanEvaluator(_cost, _profile, workload, _options.AreProcesses);
        double Expected(Candidate candidate) =>
            Excess(evaluator.Evaluate(candidate.Request, candidate.StepTokensMax) ?? candidate);
        var nearest = candidates
            .Select(candidate => (Candidate: candidate, Excess: Expected(candidate)))
            .OrderBy(pair => pair.Excess)
            .Take(NearestMax)
            .Select(pair => (pair.Candidate, Result: Run(pair.Candidate)))
            .ToList();
        return nearest.MaxBy(pair => pair.Result.Goodput(_objective));
    }

    private InputException NothingFits(PlanRequest? asked)
    {
        // What is missing is told there, where no request fits.
        var fits = asked ?? PlanSearch.Choose(_cost, _profile, Unloaded(), _options.AreProcesses).Chosen.Request;
        return new InputException(
            $"plan {fits} does not fit the {_profile.Units} units of profile '{_profile.Name}', or leaves no room in their memory for the load's longest request"
        );
    }

    // From the first arrival to when the last request may end at the latest.
    private double AllowedSeconds() =>
        _load.Max(request => request.AtSeconds)
        - _load.Min(request => request.AtSeconds)
        + (_objective.TtftSeconds ?? double.PositiveInfinity)
        + (_objective.TpotSeconds ?? double.PositiveInfinity) * _load.Max(request => request.AnswerTokens);

    // What a plan needs for the load however well its steps are filled: no row takes less than in the largest step, and no generated one
    // less than beside as many others as there may be.
    private double LeastSeconds(Candidate candidate)
    {
        var (rows, answers) = (0.0, 0.0);
        foreach (var request in _load)
        {
            rows += request.PromptTokens + request.AnswerTokens;
            answers += request.AnswerTokens;
        }
        var evaluator = new PlanEvaluator(_cost, _profile, Unloaded(), _options.AreProcesses);
        var fullest = StepLoad.Prompt(candidate.StepTokensMax, 0, isLast: false);
        var generating = StepLoad.Generating(_options.SequencesMax, 0);
        var loadsASecond = evaluator
            .TimersOf(candidate.Request, candidate.StepTokensMax)
            .Select(timer =>
                1
                / Math.Max(
                    rows * Slowest(timer, fullest) / fullest.Rows,
                    answers * Slowest(timer, generating) / generating.Rows
                )
            )
            .Sum();
        return Share / loadsASecond;
    }

    private static double Slowest(ReplicaTimer timer, StepLoad load) => timer.Times(load, 1).Max(time => time.Seconds);

    private SimulationResult Run(Candidate candidate)
    {
        _simulated.Add(candidate);
        return Simulator.Run(_cost, _profile, candidate.Request, candidate.StepTokensMax, _load, _options);
    }

    private bool Keeps(Candidate candidate, IReadOnlyList<SimulatedRequest> load)
    {
        _simulated.Add(candidate);
        return Simulator.Keeps(_cost, _profile, candidate, load, _options, _objective, MissesMax);
    }
}
