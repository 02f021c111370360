using System.Runtime.Intrinsics;

namespace Tandem.Examples.Gradients;

/// <summary>A convolution without padding: [inputs, side, side] to [outputs, output side, output side].</summary>
/// <param name="Inputs">Channels that it reads.</param>
/// <param name="Outputs">Channels that it makes.</param>
/// <param name="Side">Width and height of an input channel.</param>
/// <param name="Kernel">Width and height of a kernel.</param>
internal sealed record Convolution(int Inputs, int Outputs, int Side, int Kernel)
{
    /// <summary>Width and height of an output channel; a multiple of 8.</summary>
    public int OutputSide => Side - Kernel + 1;

    /// <summary>How many weights it has, [outputs, inputs, kernel, kernel].</summary>
    public int Weights => Outputs * Inputs * Kernel * Kernel;

    /// <summary>Computes the output.</summary>
    /// <param name="input">[inputs, side, side]</param>
    /// <param name="weights">[outputs, inputs, kernel, kernel]</param>
    /// <param name="bias">[outputs]</param>
    /// <param name="output">[outputs, output side, output side]</param>
    public void Forward(
        ReadOnlySpan<float> input,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias,
        Span<float> output
    )
    {
        var area = OutputSide * OutputSide;
        for (var channel = 0; channel < Outputs; channel++)
        {
            output.Slice(channel * area, area).Fill(bias[channel]);
        }
        for (var weight = 0; weight < Weights; weight++)
        {
            var (from, to) = FirstRows(weight);
            for (var y = 0; y < OutputSide; y++, from += Side, to += OutputSide)
            {
                Rows.AddScaled(output.Slice(to, OutputSide), input.Slice(from, OutputSide), weights[weight]);
            }
        }
    }

    /// <summary>Adds what one image says about weights and bias to their gradients.</summary>
    /// <param name="input">What the forward pass read.</param>
    /// <param name="outputGradient">[outputs, output side, output side]</param>
    /// <param name="weightGradient">[outputs, inputs, kernel, kernel]</param>
    /// <param name="biasGradient">[outputs]</param>
    public void AddGradients(
        ReadOnlySpan<float> input,
        ReadOnlySpan<float> outputGradient,
        Span<float> weightGradient,
        Span<float> biasGradient
    )
    {
        var area = OutputSide * OutputSide;
        for (var channel = 0; channel < Outputs; channel++)
        {
            biasGradient[channel] += Rows.Sum(outputGradient.Slice(channel * area, area));
        }
        for (var weight = 0; weight < Weights; weight++)
        {
            var (from, to) = FirstRows(weight);
            var sums = Vector256<float>.Zero;
            for (var y = 0; y < OutputSide; y++, from += Side, to += OutputSide)
            {
                sums = Rows.AddProducts(sums, outputGradient.Slice(to, OutputSide), input.Slice(from, OutputSide));
            }
            weightGradient[weight] += Vector256.Sum(sums);
        }
    }

    /// <summary>Computes the gradient of the input.</summary>
    /// <param name="outputGradient">[outputs, output side, output side]</param>
    /// <param name="weights">[outputs, inputs, kernel, kernel]</param>
    /// <param name="inputGradient">[inputs, side, side]</param>
    public void Backward(ReadOnlySpan<float> outputGradient, ReadOnlySpan<float> weights, Span<float> inputGradient)
    {
        inputGradient.Clear();
        for (var weight = 0; weight < Weights; weight++)
        {
            var (from, to) = FirstRows(weight);
            for (var y = 0; y < OutputSide; y++, from += Side, to += OutputSide)
            {
                Rows.AddScaled(
                    inputGradient.Slice(from, OutputSide),
                    outputGradient.Slice(to, OutputSide),
                    weights[weight]
                );
            }
        }
    }

    // Where the first of the rows that a weight joins begins, in the input and in the output.
    private (int From, int To) FirstRows(int weight)
    {
        var (rest, x) = (weight / Kernel, weight % Kernel);
        var (pair, y) = (rest / Kernel, rest % Kernel);
        var (output, input) = (pair / Inputs, pair % Inputs);
        return ((((input * Side) + y) * Side) + x, output * OutputSide * OutputSide);
    }
}
