using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Loading;
using Tandem.Memory;
using Tandem.Models;
using Tandem.Parallel;
using Tandem.Planning;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>A model in memory, split as its plan says: the workers of all copies, with all that they need to run.</summary>
internal sealed class LoadedModel : ILoadedModel
{
    private readonly List<Arena> _weights = [];
    private readonly List<IReadOnlyList<WorkerGroup>> _replicas = [];

    /// <summary>Loads a model; the file may be closed afterwards.</summary>
    /// <param name="file">The model's file.</param>
    /// <param name="options">How.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <exception cref="InputException">The file makes no sense, or the memory does not suffice.</exception>
    public LoadedModel(
        WeightFile file,
        ModelOptions options,
        TimeProvider time,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        Shape = ModelLoader.ReadShape(file, options.Context ?? 0);
        Plan = MakePlan(file.Header, Shape, options);
        try
        {
            Build(file.Header, options, time);
            Load(file, time, progress, cancellation);
            Allocate(options, time);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public DecoderShape Shape { get; }

    /// <inheritdoc/>
    public Plan Plan { get; }

    /// <summary>The stages of each copy; who runs a copy disposes its stages.</summary>
    public IReadOnlyList<IReadOnlyList<WorkerGroup>> Replicas => _replicas;

    /// <summary>Bytes allocated: weights, buffers and caches.</summary>
    public long AllocatedBytes =>
        _weights.Sum(arena => arena.AllocatedBytes) + Workers.Sum(worker => worker.AllocatedBytes);

    private IEnumerable<Worker> Workers => _replicas.SelectMany(stages => stages).SelectMany(stage => stage.Workers);

    /// <summary>The plan of a model, with the sizes of its caches; nothing is loaded.</summary>
    /// <exception cref="InputException">The model cannot be split so, or the memory does not suffice.</exception>
    public static Plan MakePlan(ModelHeader header, DecoderShape shape, ModelOptions options)
    {
        var cores = CpuTopology.PhysicalCores();
        cores = [.. cores.Take(options.Threads ?? cores.Count)];
        var request = options.Plan ?? new PlanRequest { Threads = options.Threads ?? cores.Count };
        var limits = new PlanLimits(
            options.StepRowsMax,
            options.SampledRowsMax,
            options.CacheType,
            options.Kernels,
            options.ExactActivations,
            options.AreProcesses
        );
        Plan Make(PlanRequest wanted, bool areProcesses) =>
            PlanMaker.Make(header, shape, wanted, cores, limits with { AreProcesses = areProcesses });
        var plan = Make(request, options.AreProcesses);
        var budget = new MemoryBudget(plan, header.Source, other => Make(other, areProcesses: true));
        var free = options.AreProcesses ? budget.FreeForCachesOfProcesses(options.Processes) : budget.FreeForCaches();
        return CacheSizing.Complete(plan, header.Source, shape.Context, options, free);
    }

    /// <summary>Releases the memory.</summary>
    public void Dispose()
    {
        foreach (var stage in _replicas.SelectMany(stages => stages))
        {
            stage.Dispose();
        }
        ReleaseWeights();
    }

    /// <inheritdoc/>
    public IReadOnlyList<IModelRunner> NewRunners(StepOutput output, TimeProvider time) =>
        [
            .. _replicas.Select(stages => new ModelRunner(
                stages,
                output.NewReader(Shape, Plan),
                () => output.NewResult(Shape),
                time
            )),
        ];

    /// <inheritdoc/>
    public void ReleaseWeights() => _weights.ForEach(arena => arena.Dispose());

    private void Build(ModelHeader header, ModelOptions options, TimeProvider time)
    {
        var kernels = new KernelSet(options.Kernels, options.ExactActivations);
        // All copies read the same weights.
        var models = new Dictionary<ModelSlice, Model>();
        foreach (var worker in Plan.Replicas[0].Stages.SelectMany(stage => stage.Workers))
        {
            var arena = new Arena($"the weights of {worker.Device}", long.MaxValue);
            _weights.Add(arena);
            models.Add(worker.Slice, new Model(header, Shape, worker.Slice, arena, kernels));
        }
        foreach (var replica in Plan.Replicas)
        {
            var stages = new List<WorkerGroup>();
            _replicas.Add(stages);
            foreach (var stage in replica.Stages)
            {
                Model[] ranks = [.. stage.Workers.Select(worker => models[worker.Slice])];
                stages.Add(new WorkerGroup(stage, ranks, options, time));
            }
        }
    }

    // Every worker packs its own weights, all at the same time, each on the cores that will read them.
    // On threads that end afterwards: whoever runs a stage is kept on its core.
    private void Load(WeightFile file, TimeProvider time, IProgress<double>? progress, CancellationToken cancellation)
    {
        var total = Plan.Replicas[0].Stages.SelectMany(stage => stage.Workers).Sum(worker => worker.WeightBytes);
        var done = 0L;
        void Report(long bytes) => progress?.Report((double)Interlocked.Add(ref done, bytes) / total);
        var stages = _replicas[0];
        ThreadGroup.Run(
            stages.Count,
            group => stages[group.Rank].Run(worker => worker.Load(file, Report, cancellation)),
            time
        );
        progress?.Report(1);
    }

    private void Allocate(ModelOptions options, TimeProvider time)
    {
        void AllocateStage(IReadOnlyList<WorkerGroup> stages, int index) =>
            stages[index]
                .Run(worker =>
                {
                    var first = index == 0 ? null : stages[0].Workers[worker.Plan.Slice.Rank];
                    worker.Allocate(first, stages.Count, options, Plan.CachePages);
                });
        foreach (var stages in _replicas)
        {
            for (var stage = 0; stage < stages.Count; stage++)
            {
                ThreadGroup.Run(1, _ => AllocateStage(stages, stage), time);
            }
        }
    }
}
