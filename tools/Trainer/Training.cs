using Tandem.Parallel;

namespace Tandem.Trainer;

/// <summary>
/// Trains a network from nothing, or from where a checkpoint left it, on as many workers as asked for. Each step's batch is a fixed
/// number of shards whose gradients are added in shard order, so the weights do not depend on how many workers there are.
/// </summary>
internal sealed class Training : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly Corpus _corpus;
    private readonly Network _network;
    private readonly Replica[] _replicas;

    /// <summary>A training that has not begun.</summary>
    public Training(TrainingOptions options, Corpus corpus, int workers)
    {
        _options = options;
        _corpus = corpus;
        _network = new Network(options.Shape);
        var layout = new ParameterLayout(options.Shape);
        _replicas = [.. Enumerable.Range(0, workers).Select(_ => new Replica(options, layout, workers))];
    }

    /// <summary>The weights as they are now.</summary>
    public Weights Weights => _replicas[0].Weights;

    /// <summary>The optimiser with its moments.</summary>
    public AdamW Optimiser => _replicas[0].Optimiser;

    /// <summary>One step.</summary>
    /// <param name="step">Steps done before it.</param>
    /// <returns>Mean cross-entropy of the learnt tokens in nats, and the gradients' norm.</returns>
    public (double Loss, float Norm) Step(int step)
    {
        (double Loss, float Norm) result = default;
        ThreadGroup.Run(
            _replicas.Length,
            group =>
            {
                var own = _replicas[group.Rank].Step(group, _network, _corpus, step);
                if (group.Rank == 0)
                {
                    result = own;
                }
            },
            TimeProvider.System,
            spins: _replicas.Length <= Environment.ProcessorCount
        );
        return result;
    }

    /// <summary>All steps that are left, with a line of report and a checkpoint every so often.</summary>
    /// <param name="checkpoint">Where the state is kept; a file that is there already is gone on from.</param>
    /// <param name="time">Measures how long it takes; no result depends on it.</param>
    /// <param name="report">Receives the lines.</param>
    public void Run(string checkpoint, TimeProvider time, Action<string> report)
    {
        var before = File.Exists(checkpoint) ? Checkpoint.Load(checkpoint, Weights, Optimiser) : default;
        foreach (var replica in _replicas.Skip(1))
        {
            replica.CopyFrom(_replicas[0]);
        }
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
        Array.ForEach(_replicas, replica => replica.Dispose());
    }
}
