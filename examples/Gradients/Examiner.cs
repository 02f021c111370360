namespace Tandem.Examples.Gradients;

/// <summary>Asks a network about digits that it was not trained on.</summary>
internal static class Examiner
{
    // Training counts its images from 0.
    private const long FirstImage = 1L << 40;

    /// <summary>The share of images whose digit the network finds.</summary>
    /// <param name="parameters">As <see cref="ParameterLayout"/> says.</param>
    /// <param name="seed">Of the images.</param>
    /// <param name="images">How many.</param>
    public static double Accuracy(float[] parameters, int seed, int images)
    {
        var (painter, network) = (new DigitPainter(seed), new ConvNet());
        var pixels = new byte[DigitPainter.Pixels];
        var image = new float[DigitPainter.Pixels];
        var logits = new float[ConvNet.Classes];
        var right = 0;
        for (var i = 0; i < images; i++)
        {
            var digit = painter.Draw(FirstImage + i, pixels);
            Pixels.ToFloats(pixels, image);
            network.Forward(parameters, image, logits);
            right += logits.IndexOf(logits.Max()) == digit ? 1 : 0;
        }
        return (double)right / images;
    }
}
