using Tandem.Examples.Gradients;

namespace Tandem.Examples.Tests;

public class ConvNetTest
{
    public static TheoryData<string, Range> Parts =>
        new()
        {
            { "first weights", ParameterLayout.FirstWeights },
            { "first bias", ParameterLayout.FirstBias },
            { "second weights", ParameterLayout.SecondWeights },
            { "second bias", ParameterLayout.SecondBias },
            { "matrix weights", ParameterLayout.MatrixWeights },
            { "matrix bias", ParameterLayout.MatrixBias },
        };

    [Theory]
    [MemberData(nameof(Parts))]
    public void A_gradient_is_what_the_loss_changes_by(string part, Range range)
    {
        var (parameters, gradient) = (ConvNet.NewParameters(TestRun.Seed), new float[ParameterLayout.Count]);
        Loss(parameters, gradient);
        // Along the gradient of one part the loss changes by the square of its length.
        var step = new float[ParameterLayout.Count];
        gradient[range].CopyTo(step.AsSpan(range));
        var squared = step.Sum(value => (double)value * value);
        var scale = (float)(1e-3 / Math.Sqrt(squared));

        var change =
            Loss(Moved(parameters, step, scale), new float[ParameterLayout.Count])
            - Loss(Moved(parameters, step, -scale), new float[ParameterLayout.Count]);

        Assert.True(squared > 0, part);
        Assert.InRange(change / (2 * scale * squared), 0.97, 1.03);
    }

    private static double Loss(float[] parameters, float[] gradient)
    {
        var (painter, network) = (new DigitPainter(TestRun.Seed), new ConvNet());
        var (pixels, image) = (new byte[DigitPainter.Pixels], new float[DigitPainter.Pixels]);
        var loss = 0.0;
        for (var i = 0; i < 10; i++)
        {
            var digit = painter.Draw(i, pixels);
            Pixels.ToFloats(pixels, image);
            loss += network.AddGradient(parameters, image, digit, gradient);
        }
        return loss;
    }

    private static float[] Moved(float[] parameters, float[] step, float scale) =>
        [.. parameters.Zip(step, (value, change) => value + (scale * change))];
}
