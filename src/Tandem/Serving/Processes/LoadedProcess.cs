using Tandem.Kernels;
using Tandem.Loading;
using Tandem.Memory;
using Tandem.Models;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving.Processes;

/// <summary>The part of a model that one process holds, in memory; the other processes load theirs at the same time.</summary>
internal sealed class LoadedProcess : ILoadedModel
{
    private readonly Arena _weights;
    private readonly Worker _worker;

    /// <summary>Loads this process's part, and waits until all have theirs; the file may be closed afterwards.</summary>
    /// <param name="file">The model's file.</param>
    /// <param name="options">How; the same on all processes, but for <see cref="ModelOptions.Processes"/>.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="progress">Told the share that is done here, from 0 to 1.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <exception cref="InputException">The file makes no sense, or the memory does not suffice.</exception>
    public LoadedProcess(
        WeightFile file,
        ModelOptions options,
        TimeProvider time,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        Group = options.Processes!;
        Shape = ModelLoader.ReadShape(file, options.Context ?? 0);
        Plan = LoadedModel.MakePlan(file.Header, Shape, options);
        var own = Plan.Replicas[Group.Replica].Stages[Group.Stage].Workers[Group.Ranks.Rank];
        _weights = new Arena($"the weights of {own.Device}", long.MaxValue);
        var kernels = new KernelSet(options.Kernels, options.ExactActivations);
        var model = new Model(file.Header, Shape, own.Slice, _weights, kernels);
        _worker = new Worker(own, model, options, Group.Ranks, time);
        try
        {
            // On a thread that ends afterwards: whoever runs a step is kept on its core.
            ThreadGroup.Run(1, _ => Fill(file, options, own, progress, cancellation), time);
            Group.World.Barrier();
            progress?.Report(1);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The processes.</summary>
    public ProcessGroup Group { get; }

    /// <summary>What this one holds.</summary>
    public Worker Worker => _worker;

    /// <inheritdoc/>
    public DecoderShape Shape { get; }

    /// <inheritdoc/>
    public Plan Plan { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IModelRunner> NewRunners(StepOutput output, TimeProvider time) =>
        [
            new ProcessRunner(this, NewReader(output), output.NewResult(Shape), time),
            .. Group.Others.Select((link, i) => new RemoteRunner(Group, i + 1, link, output.NewResult(Shape))),
        ];

    /// <summary>What reads the results, where this process does.</summary>
    public IStepReader? NewReader(StepOutput output) => Group.IsSampler ? output.NewReader(Shape, Plan) : null;

    /// <inheritdoc/>
    public void ReleaseWeights() => _weights.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        _worker.Dispose();
        ReleaseWeights();
    }

    private void Fill(
        WeightFile file,
        ModelOptions options,
        WorkerPlan own,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        var done = 0L;
        _worker.Load(
            file,
            bytes => progress?.Report((double)Interlocked.Add(ref done, bytes) / own.WeightBytes),
            cancellation
        );
        _worker.Allocate(null, 1, options, Plan.CachePages);
    }
}
