using System.Runtime.Intrinsics;

namespace Tandem.Trainer;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019) with gradients clipped to a norm.
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

    /// <summary>One step: clips the gradients and changes the weights.</summary>
    /// <param name="weights">The weights; their transposed copies are renewed.</param>
    /// <param name="gradients">The gradients of the whole batch.</param>
    /// <param name="step">Steps done before this one.</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>The gradients' norm before clipping.</returns>
    public float Step(Weights weights, FloatBuffer gradients, int step, float rate)
    {
        var squares = 0.0;
        for (var start = 0; start < _layout.Length; start += Chunk)
        {
            squares += SumOfSquares(gradients, start, Math.Min(start + Chunk, _layout.Length));
        }
        var norm = (float)Math.Sqrt(squares);
        var clip = norm > NormMax ? NormMax / norm : 1;
        Update(weights, gradients, step, rate, clip);
        weights.Transpose();
        return norm;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private static double SumOfSquares(FloatBuffer gradients, int start, int end)
    {
        var squares = Vector512<double>.Zero;
        for (var i = start; i < end; i += Lanes)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(gradients.Data + i));
            squares += (low * low) + (high * high);
        }
        return Vector512.Sum(squares);
    }

    private void Update(Weights weights, FloatBuffer gradients, int step, float rate, float clip)
    {
        var firstScale = 1 / (1 - MathF.Pow(FirstDecay, step + 1));
        var secondScale = 1 / (1 - MathF.Pow(SecondDecay, step + 1));
        for (var i = 0; i < _layout.Length; i += Lanes)
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
        }
    }
}
