using Microsoft.ML.OnnxRuntime;
using Tandem.Examples.Gradients;
using Tandem.Examples.Images;

namespace Tandem.Examples.Tests;

public class OnnxTest
{
    private const int Images = 50;

    [Fact]
    public void ONNX_Runtime_computes_what_the_example_computes()
    {
        var parameters = ConvNet.NewParameters(TestRun.Seed);
        var (images, network) = (Draw(), new ConvNet());

        var logits = Run(OnnxFile.Write(parameters), images, [Images, 1, 28, 28]).Values;

        Assert.Equal(Images * ConvNet.Classes, logits.Length);
        var own = new float[ConvNet.Classes];
        for (var i = 0; i < Images; i++)
        {
            network.Forward(parameters, images.AsSpan(i * DigitPainter.Pixels, DigitPainter.Pixels), own);
            Assert.All(
                own.Index(),
                logit => Assert.Equal(logit.Item, logits[(i * ConvNet.Classes) + logit.Index], 1e-4f)
            );
        }
    }

    [Fact]
    public void Both_parts_of_a_cut_model_compute_what_the_whole_does()
    {
        var whole = OnnxFile.Write(ConvNet.NewParameters(TestRun.Seed));
        var cut = OnnxCut.Make(whole, "whole");
        var images = Draw();

        var (features, shape) = Run(cut.Features, images, [Images, 1, 28, 28]);

        Assert.Equal("features", cut.Tensor);
        Assert.Equal([Images, ConvNet.Features], shape);
        Assert.Equal(Run(whole, images, [Images, 1, 28, 28]).Values, Run(cut.Classifier, features, shape).Values);
    }

    [Fact]
    public void A_model_that_is_none_is_refused_however_it_is_broken()
    {
        var model = OnnxFile.Write(ConvNet.NewParameters(TestRun.Seed));
        var random = new Random(TestRun.Seed);
        for (var i = 0; i < 300; i++)
        {
            var broken = model[..random.Next(model.Length)];
            for (var flips = random.Next(4); flips > 0 && broken.Length > 0; flips--)
            {
                broken[random.Next(Math.Min(broken.Length, 400))] = (byte)random.Next(256);
            }
            Assert.Throws<InputException>(() => OnnxCut.Make(broken, "broken"));
        }
    }

    [Fact]
    public void A_model_without_a_matrix_product_or_for_other_images_is_refused()
    {
        var model = OnnxFile.Write(ConvNet.NewParameters(TestRun.Seed));
        var noProduct = Replace(model, "Gemm", "Gemv");
        Assert.Equal(
            "F has no matrix product (Gemm or MatMul) to cut it at",
            Assert.Throws<InputException>(() => OnnxCut.Make(noProduct, "F")).Message
        );

        // The features' part of a cut model goes into the classifier's place.
        var swapped = new OnnxCut(OnnxCut.Make(model, "F").Classifier, model, "features");
        Assert.Contains(
            "of 28 × 28",
            Assert.Throws<InputException>(() => new ImageClassifier(swapped, "F", 1)).Message
        );
    }

    private static byte[] Replace(byte[] bytes, string from, string to) =>
        System.Text.Encoding.Latin1.GetBytes(System.Text.Encoding.Latin1.GetString(bytes).Replace(from, to));

    private static float[] Draw()
    {
        var painter = new DigitPainter(TestRun.Seed);
        var pixels = new byte[Images * DigitPainter.Pixels];
        var numbers = new float[pixels.Length];
        for (var i = 0; i < Images; i++)
        {
            painter.Draw(i, pixels.AsSpan(i * DigitPainter.Pixels, DigitPainter.Pixels));
        }
        Pixels.ToFloats(pixels, numbers);
        return numbers;
    }

    private static (float[] Values, long[] Shape) Run(byte[] model, float[] values, long[] shape)
    {
        using var session = new InferenceSession(model);
        using var run = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(values, shape);
        using var outputs = session.Run(run, session.InputNames, [input], session.OutputNames);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[0].GetTensorTypeAndShape().Shape);
    }
}
