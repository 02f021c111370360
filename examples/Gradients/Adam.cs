namespace Tandem.Examples.Gradients;

/// <summary>Adam (Kingma and Ba, 2015): each parameter moves by its gradient's mean over the root of its mean square.</summary>
/// <param name="count">How many parameters there are.</param>
/// <param name="rate">How far a parameter moves in a step, about.</param>
internal sealed class Adam(int count, float rate)
{
    private const float MeanDecay = 0.9f;
    private const float SquareDecay = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly float[] _means = new float[count];
    private readonly float[] _squares = new float[count];
    private int _steps;

    /// <summary>Moves the parameters.</summary>
    public void Update(Span<float> parameters, ReadOnlySpan<float> gradient)
    {
        _steps++;
        var meanScale = 1 / (1 - MathF.Pow(MeanDecay, _steps));
        var squareScale = 1 / (1 - MathF.Pow(SquareDecay, _steps));
        for (var i = 0; i < parameters.Length; i++)
        {
            _means[i] = (MeanDecay * _means[i]) + ((1 - MeanDecay) * gradient[i]);
            _squares[i] = (SquareDecay * _squares[i]) + ((1 - SquareDecay) * gradient[i] * gradient[i]);
            parameters[i] -= rate * meanScale * _means[i] / (MathF.Sqrt(squareScale * _squares[i]) + Epsilon);
        }
    }
}
