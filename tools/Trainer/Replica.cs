using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Tandem.Parallel;

namespace Tandem.Trainer;

/// <summary>
/// What one worker has in data-parallel training: all parameters with their moments, and the gradients of its share of a step's shards.
/// All gather all gradients, add them in the order of shards and apply the same update, so their parameters never differ, and do not
/// depend on how many workers there are.
/// </summary>
internal sealed class Replica : IDisposable
{
    // Parameters whose gradients are exchanged at a time: few enough to stay in a core's cache.
    private const int Chunk = 1 << 14;

    private readonly TrainingOptions _options;
    private readonly Workspace _workspace;
    private readonly FloatBuffer[] _gradients; // [shards of this worker]
    private readonly FloatBuffer _sum;
    private readonly float[] _own; // [shards of this worker, chunk]
    private readonly float[] _all; // [shards of all workers, chunk]
    private readonly double[] _losses; // [shards of this worker]
    private readonly double[] _allLosses; // [shards of all workers]

    /// <summary>A replica that has seen nothing.</summary>
    /// <param name="options">What is trained.</param>
    /// <param name="layout">Where each parameter lies.</param>
    /// <param name="workers">How many replicas there are.</param>
    public Replica(TrainingOptions options, ParameterLayout layout, int workers)
    {
        _options = options;
        // Where workers do not divide the shards, the last of them have fewer.
        var shards = (options.Shards + workers - 1) / workers;
        Weights = Weights.Random(layout, options.Seed);
        Optimiser = new AdamW(layout);
        _workspace = new Workspace(options.Shape, options.ShardRows);
        _gradients = [.. Enumerable.Range(0, shards).Select(_ => new FloatBuffer(layout.Length))];
        _sum = new FloatBuffer(layout.Length);
        (_own, _all) = (new float[shards * Chunk], new float[shards * workers * Chunk]);
        (_losses, _allLosses) = (new double[shards], new double[shards * workers]);
    }

    /// <summary>The weights as they are now.</summary>
    public Weights Weights { get; }

    /// <summary>The optimiser with its moments.</summary>
    public AdamW Optimiser { get; }

    /// <summary>One step; all workers take it together.</summary>
    /// <param name="group">The workers.</param>
    /// <param name="network">The network.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="step">Steps done before it.</param>
    /// <returns>Mean cross-entropy of the learnt tokens in nats, and the gradients' norm.</returns>
    public (double Loss, float Norm) Step(ICommunicator group, Network network, Corpus corpus, int step)
    {
        var first = group.Rank * _gradients.Length;
        var own = Math.Clamp(_options.Shards - first, 0, _gradients.Length);
        Batch[] batches =
        [
            .. Enumerable
                .Range(first, own)
                .Select(shard => corpus.Shard(step, shard, _options.ShardRows, _options.Shape.Context)),
        ];
        // Whole numbers of this size are exact.
        float targets = batches.Sum(batch => batch.TargetCount);
        group.AllReduce(new Span<float>(ref targets));
        for (var i = 0; i < own; i++)
        {
            network.Forward(Weights, batches[i], _workspace);
            _losses[i] = network.Loss(batches[i], _workspace, 1f / targets);
            network.Backward(Weights, batches[i], _workspace, _gradients[i]);
        }
        AddShards(group);
        // Moved, and not computed with.
        group.AllGather(
            MemoryMarshal.Cast<double, float>(_losses),
            MemoryMarshal.Cast<double, float>(_allLosses.AsSpan())
        );
        var norm = Optimiser.Step(Weights, _sum, step, _options.Rate(step));
        return (_allLosses.Take(_options.Shards).Sum() / targets, norm);
    }

    /// <summary>Takes over another's parameters and moments.</summary>
    public void CopyFrom(Replica other)
    {
        other.Weights.Values.Span().CopyTo(Weights.Values.Span());
        other.Optimiser.First.Span().CopyTo(Optimiser.First.Span());
        other.Optimiser.Second.Span().CopyTo(Optimiser.Second.Span());
        Weights.Transpose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Weights.Dispose();
        Optimiser.Dispose();
        _workspace.Dispose();
        Array.ForEach(_gradients, buffer => buffer.Dispose());
        _sum.Dispose();
    }

    // The sum of all workers' gradients, in the order of shards; theirs are zero afterwards.
    private void AddShards(ICommunicator group)
    {
        var length = checked((int)_sum.Length);
        for (var start = 0; start < length; start += Chunk)
        {
            var count = Math.Min(Chunk, length - start);
            for (var i = 0; i < _gradients.Length; i++)
            {
                var gradients = _gradients[i].Span(start, count);
                gradients.CopyTo(_own.AsSpan(i * count));
                gradients.Clear();
            }
            var all = _all.AsSpan(0, group.Size * _gradients.Length * count);
            group.AllGather(_own.AsSpan(0, _gradients.Length * count), all);
            var sum = _sum.Span(start, count);
            all[..count].CopyTo(sum);
            for (var shard = 1; shard < _options.Shards; shard++)
            {
                TensorPrimitives.Add(sum, all.Slice(shard * count, count), sum);
            }
        }
    }
}
