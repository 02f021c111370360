namespace Tandem.Examples.Gradients;

/// <summary>Keeps the greatest of each 2 × 2 numbers where it is positive, else 0 (a ReLU and a max-pool in one).</summary>
/// <param name="channels">Channels.</param>
/// <param name="side">Width and height of an input channel, an even number.</param>
internal sealed class MaxPool(int channels, int side)
{
    private readonly int[] _kept = new int[channels * side * side / 4]; // of the last image: where in the input, or -1

    /// <summary>Computes the output, [channels, side / 2, side / 2], of an input, [channels, side, side].</summary>
    public void Forward(ReadOnlySpan<float> input, Span<float> output)
    {
        for (var i = 0; i < output.Length; i++)
        {
            var (row, x) = (i / (side / 2), i % (side / 2));
            var corner = (2 * row * side) + (2 * x);
            (output[i], _kept[i]) = (0, -1);
            foreach (var place in (ReadOnlySpan<int>)[corner, corner + 1, corner + side, corner + side + 1])
            {
                if (input[place] > output[i])
                {
                    (output[i], _kept[i]) = (input[place], place);
                }
            }
        }
    }

    /// <summary>Computes the gradient of the last input from that of the last output.</summary>
    public void Backward(ReadOnlySpan<float> outputGradient, Span<float> inputGradient)
    {
        inputGradient.Clear();
        for (var i = 0; i < outputGradient.Length; i++)
        {
            if (_kept[i] >= 0)
            {
                inputGradient[_kept[i]] = outputGradient[i];
            }
        }
    }
}
