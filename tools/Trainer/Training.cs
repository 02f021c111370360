using System.Collections.Concurrent;

namespace Tandem.Trainer;

/// <summary>
/// Trains a network from nothing, or from where a checkpoint left it. Each step's batch is a fixed number of shards
/// whose gradients are added in shard order, so the weights do not depend on how many workers there are.
/// </summary>
internal sealed class Training : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly Corpus _corpus;
    private readonly int _workers;
    private readonly Network _network;
    private readonly FloatBuffer[] _gradients;
    private readonly ConcurrentBag<Workspace> _workspaces;

    /// <summary>A training that has not begun.</summary>
    public Training(TrainingOptions options, Corpus corpus, int workers)
    {
        _options = options;
        _corpus = corpus;
        _workers = workers;
        var layout = new ParameterLayout(options.Shape);
        _network = new Network(options.Shape);
        Optimiser = new AdamW(layout);
        Weights = Weights.Random(layout, options.Seed);
        _gradients = [.. Enumerable.Range(0, options.Shards).Select(_ => new FloatBuffer(layout.Length))];
        _workspaces = [.. Enumerable.Range(0, workers).Select(_ => new Workspace(options.Shape, options.ShardRows))];
    }

    /// <summary>The weights as they are now.</summary>
    public Weights Weights { get; }

    /// <summary>The optimiser with its moments.</summary>
    public AdamW Optimiser { get; }

    /// <summary>One step.</summary>
    /// <param name="step">Steps done before it.</param>
    /// <returns>Mean cross-entropy of the learnt tokens in nats, and the gradients' norm.</returns>
    public (double Loss, float Norm) Step(int step)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _workers };
        var batches = new Batch[_options.Shards];
        System.Threading.Tasks.Parallel.For(
            0,
            _options.Shards,
            parallel,
            shard => batches[shard] = _corpus.Shard(step, shard, _options.ShardRows, _options.Shape.Context)
        );
        var targets = batches.Sum(batch => batch.TargetCount);
        var losses = new double[_options.Shards];
        System.Threading.Tasks.Parallel.For(
            0,
            _options.Shards,
            parallel,
            shard =>
            {
                if (!_workspaces.TryTake(out var workspace))
                {
                    throw new InvalidOperationException("more shards at work than workspaces");
                }
                _network.Forward(Weights, batches[shard], workspace);
                losses[shard] = _network.Loss(batches[shard], workspace, 1f / targets);
                _network.Backward(Weights, batches[shard], workspace, _gradients[shard]);
                _workspaces.Add(workspace);
            }
        );
        var norm = Optimiser.Step(Weights, _gradients, step, _options.Rate(step), _workers);
        return (losses.Sum() / targets, norm);
    }

    /// <summary>All steps that are left, with a line of report and a checkpoint every so often.</summary>
    /// <param name="checkpoint">Where the state is kept; a file that is there already is gone on from.</param>
    /// <param name="time">Measures how long it takes; no result depends on it.</param>
    /// <param name="report">Receives the lines.</param>
    public void Run(string checkpoint, TimeProvider time, Action<string> report)
    {
        var before = File.Exists(checkpoint) ? Checkpoint.Load(checkpoint, Weights, Optimiser) : default;
        var (start, processorStart) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
        Checkpoint.Progress Now(int steps) =>
            new(
                steps,
                before.WallSeconds + time.GetElapsedTime(start).TotalSeconds,
                before.ProcessorSeconds + (Environment.CpuUsage.TotalTime - processorStart).TotalSeconds
            );
        var sum = 0.0;
        for (var step = before.Steps; step < _options.Steps; step++)
        {
            var (loss, norm) = Step(step);
            sum += loss;
            if ((step + 1) % _options.CheckpointSteps != 0 && step + 1 != _options.Steps)
            {
                continue;
            }
            var progress = Now(step + 1);
            Checkpoint.Save(checkpoint, progress, Weights, Optimiser);
            var mean = sum / Math.Min(_options.CheckpointSteps, step + 1 - before.Steps);
            report(
                FormattableString.Invariant(
                    $"step {step + 1}/{_options.Steps}  loss {mean:F4}  norm {norm:F2}  wall {progress.WallSeconds:F0} s  processor {progress.ProcessorSeconds:F0} s"
                )
            );
            sum = 0;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _network.Dispose();
        Optimiser.Dispose();
        Weights.Dispose();
        Array.ForEach(_gradients, buffer => buffer.Dispose());
        foreach (var workspace in _workspaces)
        {
            workspace.Dispose();
        }
    }
}
