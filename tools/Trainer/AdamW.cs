using System.Runtime.Intrinsics;

namespace Tandem.Trainer;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019) with gradients clipped to a norm. Shards' gradients are added in shard order
/// and norms in chunk order, so that the result does not depend on how many workers share the work.
/// </summary>
internal sealed unsafe class AdamW : IDisposable
{
    private const int Lanes = 16;
    private const int Chunk = 1 << 14;
    private const float FirstDecay = 0.9f;
    private const float SecondDecay = 0.95f;
    private const float Epsilon = 1e-8f;
    private const float WeightDecay = 0.1f;
    private const float NormMax = 1;
    private readonly ParameterLayout _layout;
    private readonly float[] _decays;

    /// <summary>An optimiser that has seen nothing.</summary>
    public AdamW(ParameterLayout layout)
    {
        _layout = layout;
        First = new FloatBuffer(layout.Length);
        Second = new FloatBuffer(layout.Length);
        _decays = new float[layout.Length];
        foreach (var matrix in layout.Matrices)
        {
            _decays.AsSpan(matrix.Offset, matrix.Length).Fill(matrix.IsNorm ? 0 : WeightDecay);
        }
    }

    /// <summary>Running mean of the gradients.</summary>
    public FloatBuffer First { get; }

    /// <summary>Running mean of their squares.</summary>
    public FloatBuffer Second { get; }

    /// <summary>One step: adds the shards' gradients (into the first shard's), clips, and changes the weights.</summary>
    /// <param name="weights">The weights; their transposed copies are renewed.</param>
    /// <param name="shards">Gradients of each shard; zero afterwards.</param>
    /// <param name="step">Steps done before this one.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="workers">Threads to use.</param>
    /// <returns>The gradients' norm before clipping.</returns>
    public float Step(Weights weights, FloatBuffer[] shards, int step, float rate, int workers)
    {
        var chunks = (_layout.Length + Chunk - 1) / Chunk;
        var squares = new double[chunks];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = workers };
        System.Threading.Tasks.Parallel.For(
            0,
            chunks,
            parallel,
            chunk => squares[chunk] = Sum(shards, chunk * Chunk, End(chunk))
        );
        var norm = (float)Math.Sqrt(squares.Sum());
        var clip = norm > NormMax ? NormMax / norm : 1;
        var firstScale = 1 / (1 - MathF.Pow(FirstDecay, step + 1));
        var secondScale = 1 / (1 - MathF.Pow(SecondDecay, step + 1));
        System.Threading.Tasks.Parallel.For(
            0,
            chunks,
            parallel,
            chunk => Update(weights, shards[0], chunk * Chunk, End(chunk), rate, clip, firstScale, secondScale)
        );
        weights.Transpose();
        return norm;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private int End(int chunk) => Math.Min((chunk + 1) * Chunk, _layout.Length);

    // Returns the sum of squares of the range.
    private static double Sum(FloatBuffer[] shards, int start, int end)
    {
        var squares = Vector512<double>.Zero;
        for (var i = start; i < end; i += Lanes)
        {
            var sum = Vector512.Load(shards[0].Data + i);
            for (var shard = 1; shard < shards.Length; shard++)
            {
                sum += Vector512.Load(shards[shard].Data + i);
                Vector512<float>.Zero.Store(shards[shard].Data + i);
            }
            sum.Store(shards[0].Data + i);
            var (low, high) = Vector512.Widen(sum);
            squares += (low * low) + (high * high);
        }
        return Vector512.Sum(squares);
    }

    private void Update(
        Weights weights,
        FloatBuffer gradients,
        int start,
        int end,
        float rate,
        float clip,
        float firstScale,
        float secondScale
    )
    {
        for (var i = start; i < end; i += Lanes)
        {
            var gradient = Vector512.Load(gradients.Data + i) * clip;
            var first = (Vector512.Load(First.Data + i) * FirstDecay) + (gradient * (1 - FirstDecay));
            var second = (Vector512.Load(Second.Data + i) * SecondDecay) + (gradient * gradient * (1 - SecondDecay));
            var root = Vector512.Sqrt(second * secondScale) + Vector512.Create(Epsilon);
            var weight = Vector512.Load(weights.Values.Data + i);
            var decay = Vector512.LoadUnsafe(ref _decays[i]) * weight;
            (weight - (((first * firstScale / root) + decay) * rate)).Store(weights.Values.Data + i);
            first.Store(First.Data + i);
            second.Store(Second.Data + i);
            Vector512<float>.Zero.Store(gradients.Data + i);
        }
    }
}
