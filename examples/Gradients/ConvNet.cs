namespace Tandem.Examples.Gradients;

/// <summary>
/// A small convolutional network, after LeNet (LeCun, Bottou, Bengio, Haffner, 1998): two convolutions of 5 × 5, each with a ReLU and a
/// max-pool, then one matrix from 256 features to ten classes. Its parameters are one vector, so that gradients can be summed as one.
/// </summary>
internal sealed class ConvNet
{
    /// <summary>What an image can be.</summary>
    public const int Classes = 10;

    /// <summary>Numbers that the convolutions make of an image, [16, 4, 4].</summary>
    public const int Features = 256;

    /// <summary>The first convolution, [1, 28, 28] to [8, 24, 24].</summary>
    public static readonly Convolution First = new(1, 8, DigitPainter.Side, 5);

    /// <summary>The second convolution, [8, 12, 12] to [16, 8, 8].</summary>
    public static readonly Convolution Second = new(8, 16, First.OutputSide / 2, 5);

    private readonly MaxPool _firstPool = new(First.Outputs, First.OutputSide);
    private readonly MaxPool _secondPool = new(Second.Outputs, Second.OutputSide);
    private readonly float[] _firstOutput = new float[First.Outputs * First.OutputSide * First.OutputSide];
    private readonly float[] _secondInput = new float[Second.Inputs * Second.Side * Second.Side];
    private readonly float[] _secondOutput = new float[Second.Outputs * Second.OutputSide * Second.OutputSide];
    private readonly float[] _features = new float[Features];
    private readonly float[] _chances = new float[Classes];
    private readonly float[] _featureGradient = new float[Features];
    private readonly float[] _firstGradient;
    private readonly float[] _secondInputGradient;
    private readonly float[] _secondGradient;

    /// <summary>A network with buffers for one image; the parameters come with each call.</summary>
    public ConvNet()
    {
        _firstGradient = new float[_firstOutput.Length];
        _secondInputGradient = new float[_secondInput.Length];
        _secondGradient = new float[_secondOutput.Length];
    }

    /// <summary>Parameters, drawn for a seed (He, Zhang, Ren, Sun, 2015).</summary>
    public static float[] NewParameters(int seed)
    {
        var parameters = new float[ParameterLayout.Count];
        Fill(ParameterLayout.FirstWeights, First.Inputs * First.Kernel * First.Kernel);
        Fill(ParameterLayout.SecondWeights, Second.Inputs * Second.Kernel * Second.Kernel);
        Fill(ParameterLayout.MatrixWeights, Features);
        return parameters;

        void Fill(Range range, int inputs)
        {
            var draws = new Draws(seed, range.Start.Value);
            var bound = MathF.Sqrt(6f / inputs);
            foreach (ref var weight in parameters.AsSpan(range))
            {
                weight = draws.Between(-bound, bound);
            }
        }
    }

    /// <summary>Computes the ten classes' logits.</summary>
    /// <param name="parameters">As <see cref="ParameterLayout"/> says.</param>
    /// <param name="image">[28, 28], from 0 to 1.</param>
    /// <param name="logits">[10]</param>
    public void Forward(ReadOnlySpan<float> parameters, ReadOnlySpan<float> image, Span<float> logits)
    {
        var firstWeights = parameters[ParameterLayout.FirstWeights];
        First.Forward(image, firstWeights, parameters[ParameterLayout.FirstBias], _firstOutput);
        _firstPool.Forward(_firstOutput, _secondInput);
        var secondWeights = parameters[ParameterLayout.SecondWeights];
        Second.Forward(_secondInput, secondWeights, parameters[ParameterLayout.SecondBias], _secondOutput);
        _secondPool.Forward(_secondOutput, _features);
        for (var i = 0; i < Classes; i++)
        {
            var row = parameters[ParameterLayout.MatrixWeights].Slice(i * Features, Features);
            logits[i] = Rows.Product(row, _features) + parameters[ParameterLayout.MatrixBias][i];
        }
    }

    /// <summary>Adds the gradient of an image's loss (cross-entropy) to the sum of others.</summary>
    /// <param name="parameters">As <see cref="ParameterLayout"/> says.</param>
    /// <param name="image">[28, 28], from 0 to 1.</param>
    /// <param name="digit">What is on it.</param>
    /// <param name="gradient">The sum, of the parameters' shape.</param>
    /// <returns>The loss.</returns>
    public float AddGradient(ReadOnlySpan<float> parameters, ReadOnlySpan<float> image, int digit, Span<float> gradient)
    {
        Forward(parameters, image, _chances);
        var loss = ToLogitGradient(digit);
        _featureGradient.AsSpan().Clear();
        for (var i = 0; i < Classes; i++)
        {
            var row = parameters[ParameterLayout.MatrixWeights].Slice(i * Features, Features);
            Rows.AddScaled(_featureGradient, row, _chances[i]);
            row = _features;
            Rows.AddScaled(gradient[ParameterLayout.MatrixWeights].Slice(i * Features, Features), row, _chances[i]);
            gradient[ParameterLayout.MatrixBias][i] += _chances[i];
        }
        _secondPool.Backward(_featureGradient, _secondGradient);
        Second.AddGradients(
            _secondInput,
            _secondGradient,
            gradient[ParameterLayout.SecondWeights],
            gradient[ParameterLayout.SecondBias]
        );
        Second.Backward(_secondGradient, parameters[ParameterLayout.SecondWeights], _secondInputGradient);
        _firstPool.Backward(_secondInputGradient, _firstGradient);
        First.AddGradients(
            image,
            _firstGradient,
            gradient[ParameterLayout.FirstWeights],
            gradient[ParameterLayout.FirstBias]
        );
        return loss;
    }

    // Logits become their gradient, the classes' chances less the truth.
    private float ToLogitGradient(int digit)
    {
        var max = _chances.Max();
        var sum = 0f;
        foreach (ref var chance in _chances.AsSpan())
        {
            chance = MathF.Exp(chance - max);
            sum += chance;
        }
        foreach (ref var chance in _chances.AsSpan())
        {
            chance /= sum;
        }
        var loss = -MathF.Log(Math.Max(_chances[digit], 1e-20f));
        _chances[digit] -= 1;
        return loss;
    }
}
