using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Plans;

namespace Tandem.Planning.Search;

/// <summary>
/// What workers take of memory, near enough to choose between plans; what they take exactly is known when the plan is made.
/// </summary>
/// <param name="cost">The model.</param>
/// <param name="workload">What the caches are for.</param>
/// <param name="stepTokensMax">Rows of the largest step.</param>
/// <param name="areProcesses">Whether each worker has its own copy of everything.</param>
internal sealed class MemoryModel(ModelCost cost, Workload workload, int stepTokensMax, bool areProcesses)
{
    private const int BufferNumberBytes = 4;
    private const int SampledRowsMax = 64;

    /// <summary>What the runtime, the vocabulary and the front end take beside the model, on each machine.</summary>
    public const double ReserveBytes = 256 << 20;

    /// <summary>Bytes of a machine's memory that the model may have.</summary>
    public static double Usable(MachineProfile machine) => Math.Max(0, machine.MemoryBytes - ReserveBytes);

    /// <summary>Bytes of a layer's weights and of the workload's cache in it, for a rank with a share of it.</summary>
    /// <param name="block">The layer.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="replicas">Copies of the model, which have the sequences between them.</param>
    public double LayerBytes(BlockCost block, RankPlacement rank, int replicas)
    {
        var weights = block.Matrices.Sum(matrix =>
            matrix.Bytes
            * (
                matrix.Cut switch
                {
                    MatrixCut.HeadInputs or MatrixCut.HeadOutputs => rank.Heads,
                    MatrixCut.FeedForward => rank.FeedForward,
                    _ => 1,
                }
            )
        );
        return weights + CacheBytes(block, rank, replicas);
    }

    /// <summary>Bytes of a layer's cache.</summary>
    public double CacheBytes(BlockCost block, RankPlacement rank, int replicas)
    {
        var sequences = Math.Ceiling((double)workload.Concurrency / replicas);
        var positions = (double)workload.PromptTokens + workload.AnswerTokens;
        var kept = block.Window == 0 ? positions : Math.Min(positions, block.Window);
        return sequences * kept * cost.CacheNumbers * ModelCost.CacheNumberBytes * rank.Heads;
    }

    /// <summary>Bytes of the output on a rank.</summary>
    public double HeadBytes(RankPlacement rank) =>
        cost.Head.Bytes * rank.Vocabulary + SampledRowsMax * (double)cost.Vocabulary * BufferNumberBytes;

    /// <summary>Bytes of the embedding on a rank.</summary>
    public double EmbeddingBytes(RankPlacement rank) =>
        (cost.EmbeddingBytes > 0 ? cost.EmbeddingBytes : cost.Head.Bytes) * rank.Vocabulary;

    /// <summary>Bytes of the buffers of a step on a rank.</summary>
    public double BufferBytes(RankPlacement rank)
    {
        var own = (cost.HeadNumbers + cost.FeedForwardNumbers) * rank.Heads;
        return stepTokensMax * BufferNumberBytes * (cost.StreamNumbers + own);
    }

    /// <summary>Bytes of a rank: its layers, their caches, its buffers.</summary>
    public double RankBytes(IReadOnlyList<StagePlacement> stages, int stage, RankPlacement rank, int replicas)
    {
        var layers = stages[stage].Layers;
        var bytes = BufferBytes(rank);
        foreach (var (block, count) in cost.KindsOf(layers))
        {
            bytes += count * LayerBytes(block, rank, replicas);
        }
        // An output that is the embedding as well is there once.
        var isTied = cost.EmbeddingBytes == 0 && stages.Count == 1;
        return bytes
            + (stage == 0 && !isTied ? EmbeddingBytes(rank) : 0)
            + (stage == stages.Count - 1 ? HeadBytes(rank) : 0);
    }

    /// <summary>Adds memory to what layers cost a stage: each of its ranks has an equal part of its machine's.</summary>
    public StageSums WithMemory(
        IReadOnlyList<double> seconds,
        double headSeconds,
        PlanRequest request,
        IReadOnlyList<RankPlacement> ranks,
        UnitMap units,
        int unitsUsed
    )
    {
        // Copies in one process read the same weights; caches and buffers they have each.
        var largest = ranks.MaxBy(rank => rank.Heads)!;
        var replicas = areProcesses ? 1 : request.DataParallel;
        var workers = Math.Max(1, units.UsedOf(largest.Instance, unitsUsed) / request.Threads);
        var free = Usable(largest.Machine) / workers - BufferBytes(largest);
        double Own(double weights, double caches) => weights / Math.Min(replicas, workers) + caches;
        var bytes = new double[cost.Blocks.Count];
        for (var layer = 0; layer < bytes.Length; layer++)
        {
            var (kind, block) = (cost.Kinds[layer], cost.Blocks[layer]);
            var caches = kind < layer ? 0 : CacheBytes(block, largest, request.DataParallel);
            bytes[layer] =
                kind < layer ? bytes[kind] : Own(LayerBytes(block, largest, request.DataParallel) - caches, caches);
        }
        return new StageSums(
            seconds,
            headSeconds,
            bytes,
            Own(EmbeddingBytes(largest), 0),
            Own(HeadBytes(largest), 0),
            free
        );
    }
}
