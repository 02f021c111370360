using System.Numerics.Tensors;
using Tandem.Parallel;

namespace Tandem.Examples.Gradients;

/// <summary>
/// Data-parallel training. Each worker has all parameters and computes the gradients of its share of the batch; all gather all
/// gradients, add them and apply the same update, so their parameters never differ.
/// </summary>
/// <remarks>
/// Addition of floating-point numbers is not associative. So the batch is always cut into 8 shards, whoever computes them, and the
/// shards' gradients are added in the order of shards: a sum of the workers' own sums would depend on how many workers there are.
/// </remarks>
internal sealed class Training
{
    /// <summary>Parts of a batch that are summed on their own, then with each other in this order.</summary>
    public const int Shards = 8;

    // A shard's gradients, then its loss.
    private static readonly int ShardLength = ParameterLayout.Count + 1;

    private readonly TrainingOptions _options;
    private readonly ICommunicator _group;
    private readonly DigitPainter _painter;
    private readonly ConvNet _network = new();
    private readonly float[] _parameters;
    private readonly Adam _adam;
    private readonly float[] _own; // [shards of this worker, shard length]
    private readonly float[] _all; // [shards, shard length]
    private readonly byte[] _pixels = new byte[DigitPainter.Pixels];
    private readonly float[] _image = new float[DigitPainter.Pixels];

    private Training(TrainingOptions options, ICommunicator group)
    {
        (_options, _group) = (options, group);
        _painter = new DigitPainter(options.Seed);
        _parameters = ConvNet.NewParameters(options.Seed);
        _adam = new Adam(ParameterLayout.Count, options.Rate);
        _own = new float[Shards / group.Size * ShardLength];
        _all = new float[Shards * ShardLength];
    }

    /// <summary>Trains a network.</summary>
    /// <param name="options">What to train.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="onStep">Told the number, from 0, and the loss of each step, by one worker.</param>
    /// <exception cref="InputException">The workers or the batch do not go with the shards, or there is no step.</exception>
    public static TrainingResult Run(TrainingOptions options, TimeProvider time, Action<int, float> onStep)
    {
        if (options.Workers < 1 || Shards % options.Workers != 0)
        {
            throw new InputException($"{options.Workers} workers, expected 1, 2, 4 or 8: they share {Shards} shards");
        }
        if (options.Batch < 1 || options.Batch % Shards != 0)
        {
            throw new InputException($"batches of {options.Batch} images, expected a multiple of {Shards}");
        }
        if (options.Steps < 1)
        {
            throw new InputException($"{options.Steps} steps, expected at least 1");
        }
        var losses = new float[options.Steps];
        var parameters = Array.Empty<float>();
        var waitSeconds = new double[options.Workers];
        var start = time.GetTimestamp();
        ThreadGroup.Run(
            options.Workers,
            group =>
            {
                var worker = new Training(options, group);
                for (var step = 0; step < options.Steps; step++)
                {
                    var loss = worker.Step(step);
                    if (group.Rank == 0)
                    {
                        losses[step] = loss;
                        onStep(step, loss);
                    }
                }
                waitSeconds[group.Rank] = group.WaitSeconds;
                if (group.Rank == 0)
                {
                    parameters = worker._parameters;
                }
            },
            time,
            spins: options.Workers <= Environment.ProcessorCount
        );
        var seconds = options.Workers * time.GetElapsedTime(start).TotalSeconds;
        return new TrainingResult(parameters, losses, seconds > 0 ? waitSeconds.Sum() / seconds : 0);
    }

    // Returns the batch's mean loss.
    private float Step(int step)
    {
        var ownShards = Shards / _group.Size;
        for (var i = 0; i < ownShards; i++)
        {
            var shard = (_group.Rank * ownShards) + i;
            ComputeShard(step, shard, _own.AsSpan(i * ShardLength, ShardLength));
        }
        _group.AllGather(_own, _all);

        var sum = _all.AsSpan(0, ShardLength);
        for (var shard = 1; shard < Shards; shard++)
        {
            TensorPrimitives.Add(sum, _all.AsSpan(shard * ShardLength, ShardLength), sum);
        }
        TensorPrimitives.Divide(sum, _options.Batch, sum);
        _adam.Update(_parameters, sum[..^1]);
        return sum[^1];
    }

    private void ComputeShard(int step, int shard, Span<float> sums)
    {
        sums.Clear();
        var images = _options.Batch / Shards;
        var first = ((long)step * _options.Batch) + (shard * images);
        for (var i = 0; i < images; i++)
        {
            var digit = _painter.Draw(first + i, _pixels);
            Pixels.ToFloats(_pixels, _image);
            sums[^1] += _network.AddGradient(_parameters, _image, digit, sums[..^1]);
        }
    }
}
