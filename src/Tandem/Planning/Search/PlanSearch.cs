using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Plans;

namespace Tandem.Planning.Search;

/// <summary>
/// Chooses how to split a model: every number of copies, stages, ranks and units a rank is tried, with layers assigned to stages and
/// shares to ranks as balances best, and the one of which the best is expected is taken. A pure function.
/// </summary>
public static class PlanSearch
{
    // The sizes of steps that are tried where chunks of a prompt follow each other through stages; else the engine's own.
    private const int StepTokens = 512;
    private static readonly int[] s_whole = [StepTokens];
    private static readonly int[] s_chunks = [64, 128, 256, 512];

    private const int RunnersUpMax = 5;

    // No engine runs more.
    private const int RequestsMost = 4096;

    /// <summary>The best plan, and those that it was chosen over.</summary>
    /// <param name="cost">The model.</param>
    /// <param name="profile">The machines.</param>
    /// <param name="workload">What is to be done.</param>
    /// <param name="areProcesses">Whether workers are to be processes.</param>
    /// <exception cref="InputException">Nothing fits, or profile or workload make no sense.</exception>
    public static PlanChoice Choose(
        ModelCost cost,
        HardwareProfile profile,
        Workload workload,
        bool areProcesses = false
    ) =>
        TryChoose(cost, profile, workload, areProcesses)
        ?? throw new Shortage(cost, profile, workload).Error(StepTokens);

    /// <summary>The best plan, and those that it was chosen over; null where nothing fits.</summary>
    /// <param name="cost">The model.</param>
    /// <param name="profile">The machines.</param>
    /// <param name="workload">What is to be done.</param>
    /// <param name="areProcesses">Whether workers are to be processes.</param>
    /// <exception cref="InputException">Profile or workload make no sense.</exception>
    public static PlanChoice? TryChoose(
        ModelCost cost,
        HardwareProfile profile,
        Workload workload,
        bool areProcesses = false
    )
    {
        profile.Check();
        workload.Check();
        var evaluator = new PlanEvaluator(cost, profile, workload, areProcesses);
        var considered = 0;
        var best = new Dictionary<(bool, bool, bool, bool), Candidate>();
        foreach (var request in Requests(cost, profile))
        {
            var chunks = ChunksOf(request);
            if (evaluator.Best(request, chunks, (one, other) => IsBetter(one, other, workload)) is not { } candidate)
            {
                continue;
            }
            considered += chunks.Length;
            var kind = KindOf(request);
            if (!best.TryGetValue(kind, out var known) || IsBetter(candidate, known, workload))
            {
                best[kind] = candidate;
            }
        }
        if (best.Count == 0)
        {
            return null;
        }
        var order = best.Values.ToList();
        order.Sort(
            (a, b) =>
                IsBetter(a, b, workload) ? -1
                : IsBetter(b, a, workload) ? 1
                : 0
        );
        var told = order
            .Take(1 + RunnersUpMax)
            .Select(one => one with { RequestsMax = RequestsMax(cost, profile, workload, one, areProcesses) })
            .ToList();
        var runnersUp = told.Skip(1).ToList();
        return new PlanChoice(told[0], runnersUp, considered, PlanReason.Of(told[0], runnersUp, workload));
    }

    /// <summary>What is expected of one plan; null where it does not fit the machines or their memory.</summary>
    /// <param name="cost">The model.</param>
    /// <param name="profile">The machines.</param>
    /// <param name="workload">What is to be done.</param>
    /// <param name="request">The plan; layers and shares are balanced where it does not say.</param>
    /// <param name="areProcesses">Whether workers are to be processes.</param>
    /// <exception cref="InputException">Profile or workload make no sense.</exception>
    public static Candidate? Predict(
        ModelCost cost,
        HardwareProfile profile,
        Workload workload,
        PlanRequest request,
        bool areProcesses = false
    )
    {
        profile.Check();
        workload.Check();
        var best = new PlanEvaluator(cost, profile, workload, areProcesses).Best(
            request,
            ChunksOf(request),
            (one, other) => IsBetter(one, other, workload)
        );
        return best is null
            ? null
            : best with
            {
                RequestsMax = RequestsMax(cost, profile, workload, best, areProcesses),
            };
    }

    // So many at a time that caches for more do not fit, or more are not expected to keep to the objective.
    private static int RequestsMax(
        ModelCost cost,
        HardwareProfile profile,
        Workload workload,
        Candidate candidate,
        bool areProcesses
    )
    {
        bool CanBe(int requests)
        {
            var load = workload with { Concurrency = requests, ArrivalsPerSecond = null };
            var evaluator = new PlanEvaluator(cost, profile, load, areProcesses);
            return evaluator.Evaluate(candidate.Request, candidate.StepTokensMax)?.Prediction is { } expected
                && workload.Objective?.Excess(expected.TtftSeconds, expected.TpotSeconds) is not > 1;
        }
        var (can, cannot) = (0, 1);
        while (cannot <= RequestsMost && CanBe(cannot))
        {
            (can, cannot) = (cannot, 2 * cannot);
        }
        while (cannot - can > 1 && cannot <= RequestsMost)
        {
            var middle = can + (cannot - can) / 2;
            (can, cannot) = CanBe(middle) ? (middle, cannot) : (can, middle);
        }
        return can;
    }

    /// <summary>The sizes of a plan's largest step that are tried.</summary>
    internal static int[] ChunksOf(PlanRequest request) => request.PipelineParallel == 1 ? s_whole : s_chunks;

    /// <summary>All plans that are compared.</summary>
    internal static IEnumerable<PlanRequest> Requests(ModelCost cost, HardwareProfile profile)
    {
        var units = profile.Units;
        var threadsMax = profile.Machines.Max(machine => machine.Units);
        for (var pp = 1; pp <= Math.Min(units, cost.Blocks.Count); pp++)
        {
            for (var tp = 1; tp <= Math.Min(units / pp, cost.QueryHeads); tp++)
            {
                for (var threads = 1; threads <= Math.Min(units / pp / tp, threadsMax); threads++)
                {
                    foreach (var dp in Copies(units / pp / tp / threads))
                    {
                        yield return new PlanRequest
                        {
                            DataParallel = dp,
                            PipelineParallel = pp,
                            TensorParallel = tp,
                            Threads = threads,
                        };
                    }
                }
            }
        }
    }

    // Every number of copies up to a few, then those that use about all units and powers of two: 499 copies are as good as 500.
    private static IEnumerable<int> Copies(int most)
    {
        const int EveryUpTo = 8;
        for (var copies = 1; copies <= most; copies++)
        {
            if (copies <= EveryUpTo || copies == most || int.IsPow2(copies))
            {
                yield return copies;
            }
        }
    }

    private static (bool, bool, bool, bool) KindOf(PlanRequest request) =>
        (request.DataParallel > 1, request.PipelineParallel > 1, request.TensorParallel > 1, request.Threads > 1);

    private static bool IsBetter(Candidate one, Candidate other, Workload workload)
    {
        var order = Cost(one, workload).CompareTo(Cost(other, workload));
        order = order != 0 ? order : one.Units.CompareTo(other.Units);
        // Of equals the simpler.
        order = order != 0 ? order : one.Request.PipelineParallel.CompareTo(other.Request.PipelineParallel);
        order = order != 0 ? order : one.Request.TensorParallel.CompareTo(other.Request.TensorParallel);
        return order < 0;
    }

    private static double Cost(Candidate candidate, Workload workload)
    {
        var expected = candidate.Prediction;
        return workload.Goal switch
        {
            // What keeps to an objective is better than what does not, and then more tokens are.
            PlanGoal.Throughput => workload.Objective?.Excess(expected.TtftSeconds, expected.TpotSeconds)
                is > 1
                    and var excess
                ? excess
                : -expected.TokensPerSecond,
            // What keeps to the objective is equally good, and then fewer units decide.
            PlanGoal.Objective => Math.Max(1, workload.Objective!.Excess(expected.TtftSeconds, expected.TpotSeconds)),
            _ => expected.RequestSeconds,
        };
    }
}
