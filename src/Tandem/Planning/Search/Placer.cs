using Tandem.Planning.Costs;
using Tandem.Plans;

namespace Tandem.Planning.Search;

/// <summary>Puts the ranks of a plan on units, and layers on stages.</summary>
/// <param name="timer">How long parts of the model take.</param>
/// <param name="units">All units.</param>
/// <param name="workload">What the balance is for.</param>
/// <param name="memory">What workers need.</param>
internal sealed class Placer(StepTimer timer, UnitMap units, Workload workload, MemoryModel memory)
{
    // The least that a rank can have: columns of the finest block of quantised activations, rows of a packed group.
    private const int FeedForwardUnit = 32;
    private const int VocabularyUnit = 16;

    // Shares of unequal ranks are whole numbers: of the slowest one's, in quarters.
    private const int SharesOfSlowest = 4;

    private ModelCost Cost => timer.Cost;

    /// <summary>The stages of each copy, and the plan with what was found out; null where it cannot be.</summary>
    public (PlanRequest Request, IReadOnlyList<IReadOnlyList<StagePlacement>> Replicas)? Place(PlanRequest request)
    {
        var unitsUsed = request.Workers * request.Threads;
        if (unitsUsed > units.Count || request.PipelineParallel > Cost.Blocks.Count || !CanBeCut(request))
        {
            return null;
        }
        var replicas = new List<IReadOnlyList<StagePlacement>>();
        // Equal copies are placed once.
        var different = units.AreEqual ? 1 : request.DataParallel;
        for (var replica = 0; replica < different; replica++)
        {
            if (PlaceReplica(request, replica, unitsUsed) is not { } placed)
            {
                return null;
            }
            (request, var stages) = placed;
            replicas.Add(stages);
        }
        return (request, replicas);
    }

    private bool CanBeCut(PlanRequest request) =>
        request.TensorParallel <= Math.Min(Cost.QueryHeads, Cost.RanksMax)
        && request.TensorParallel <= Cutter.Units(Cost.FeedForwardRows, FeedForwardUnit)
        && request.TensorParallel <= Cutter.Units(Cost.Vocabulary, VocabularyUnit);

    private (PlanRequest, IReadOnlyList<StagePlacement>)? PlaceReplica(PlanRequest request, int replica, int unitsUsed)
    {
        var first = replica * request.PipelineParallel * request.TensorParallel * request.Threads;
        var shares = request.Shares ?? SharesOf(request, first);
        var stages = new List<RankPlacement[]>();
        for (var stage = 0; stage < request.PipelineParallel; stage++)
        {
            if (Ranks(request, first, shares) is not { } ranks)
            {
                return null;
            }
            stages.Add(ranks);
            first += request.TensorParallel * request.Threads;
        }
        var layers = Partition(request, stages, unitsUsed);
        if (layers is null)
        {
            return null;
        }
        var isEven = shares.Distinct().Count() <= 1;
        var found = request with
        {
            Layers = request.PipelineParallel > 1 ? [.. layers.Select(share => share.Count)] : null,
            Shares = isEven ? null : shares,
        };
        return (found, [.. stages.Select((ranks, stage) => new StagePlacement(ranks, layers[stage]))]);
    }

    // In proportion to the ranks' speeds, where they differ.
    private int[] SharesOf(PlanRequest request, int first)
    {
        var speeds = Enumerable
            .Range(0, request.TensorParallel)
            .Select(rank => 1 / units.Machine(first + rank * request.Threads).Slowdown)
            .ToArray();
        var slowest = speeds.Min();
        int[] shares = [.. speeds.Select(speed => (int)Math.Round(speed / slowest * SharesOfSlowest))];
        return shares.Distinct().Count() == 1 ? [.. shares.Select(_ => 1)] : shares;
    }

    private RankPlacement[]? Ranks(PlanRequest request, int first, IReadOnlyList<int> shares)
    {
        var heads = Cutter.Cut(Cost.QueryHeads, 1, shares);
        var feedForward = Cutter.Cut(Cost.FeedForwardRows, FeedForwardUnit, shares);
        var vocabulary = Cutter.Cut(Cost.Vocabulary, VocabularyUnit, shares);
        var ranks = new RankPlacement[request.TensorParallel];
        for (var rank = 0; rank < ranks.Length; rank++)
        {
            var unit = first + rank * request.Threads;
            if (!units.IsOfOneMachine(unit, request.Threads))
            {
                return null;
            }
            static double Part(Share share) => (double)share.Count / share.Whole;
            ranks[rank] = new RankPlacement(
                units.Machine(unit),
                units.Instance(unit),
                request.Threads,
                Part(heads[rank]),
                Part(feedForward[rank]),
                Part(vocabulary[rank])
            );
        }
        return ranks;
    }

    private Share[]? Given(IReadOnlyList<int> counts, List<StageSums> sums)
    {
        if (counts.Sum() != Cost.Blocks.Count || counts.Count != sums.Count)
        {
            return null;
        }
        var first = 0;
        var shares = new Share[counts.Count];
        for (var stage = 0; stage < shares.Length; stage++)
        {
            if (!sums[stage].Fits(first, first + counts[stage], double.PositiveInfinity))
            {
                return null;
            }
            shares[stage] = new Share(first, counts[stage], Cost.Blocks.Count);
            first += counts[stage];
        }
        return shares;
    }

    private Share[]? Partition(PlanRequest request, List<RankPlacement[]> stages, int unitsUsed)
    {
        var sums = new List<StageSums>();
        foreach (var ranks in stages)
        {
            var isAsBefore = sums.Count > 0 && ranks.SequenceEqual(stages[sums.Count - 1], RankPlacement.Alike);
            sums.Add(isAsBefore ? sums[^1] : SumsOf(request, ranks, unitsUsed));
        }
        return request.Layers is { } given ? Given(given, sums) : LayerPartition.Find(sums);
    }

    // What a request costs at each layer: its prompt at once, then one token after the other.
    private StageSums SumsOf(PlanRequest request, RankPlacement[] ranks, int unitsUsed)
    {
        var sequences = (double)workload.Concurrency / request.DataParallel / request.PipelineParallel;
        var generating = StepLoad.Generating(
            Math.Max(1, sequences),
            workload.PromptTokens + workload.AnswerTokens / 2.0
        );
        var prompt = StepLoad.Prompt(workload.PromptTokens, 0, isLast: true);
        var busy = Math.Min(unitsUsed, ranks[0].Machine.Units);
        var different = ranks.Distinct(RankPlacement.Alike).ToList();
        double Slowest(Func<RankPlacement, double> seconds) => different.Max(seconds);
        double Of(BlockCost block) =>
            Slowest(rank =>
                timer.Block(block, rank, prompt, busy)
                + workload.AnswerTokens * timer.Block(block, rank, generating, busy)
            );
        var seconds = new double[Cost.Blocks.Count];
        for (var layer = 0; layer < seconds.Length; layer++)
        {
            var kind = Cost.Kinds[layer];
            seconds[layer] = kind < layer ? seconds[kind] : Of(Cost.Blocks[layer]);
        }
        var head = Slowest(rank =>
            timer.Head(rank, prompt, busy) + workload.AnswerTokens * timer.Head(rank, generating, busy)
        );
        return memory.WithMemory(seconds, head, request, ranks, units, unitsUsed);
    }
}
