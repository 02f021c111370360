using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Tandem.Examples.Gradients;

namespace Tandem.Examples.Images;

/// <summary>One worker's copy of a classifier. Its three functions are the stages of a pipeline, so each runs on one thread at a time.</summary>
internal sealed class ImageClassifier : IDisposable
{
    private readonly InferenceSession _features;
    private readonly InferenceSession _classifier;
    private readonly RunOptions _run = new();
    private readonly float _white;
    private readonly long[] _shape; // of the images
    private readonly bool _singly;

    /// <summary>Loads the two parts of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">What errors call it by.</param>
    /// <param name="white">What the model takes for a pixel of 255.</param>
    /// <exception cref="InputException">ONNX Runtime cannot run it, or it does not take images of 28 × 28.</exception>
    public ImageClassifier(OnnxCut model, string name, float white)
    {
        _white = white;
        using var options = new SessionOptions
        {
            // Workers are the parallelism here.
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        try
        {
            _features = new InferenceSession(model.Features, options);
            _classifier = new InferenceSession(model.Classifier, options);
        }
        catch (OnnxRuntimeException error)
        {
            _features?.Dispose();
            throw new InputException($"ONNX Runtime cannot run {name}: {error.Message}", error);
        }
        var dimensions = _features.InputMetadata.Values.First().Dimensions;
        if (_features.InputMetadata.Count != 1 || dimensions is not [<= 1, ..] || !IsAnImage(dimensions[1..]))
        {
            Dispose();
            throw new InputException(
                $"{name} takes [{string.Join(", ", dimensions)}], expected one input, of single images or any number of them, of 28 × 28"
            );
        }
        _singly = dimensions[0] == 1;
        _shape = [.. dimensions.Select(length => (long)length)];
    }

    /// <summary>From pixels to the numbers that the network reads.</summary>
    public TensorBatch Preprocess(ImageBatch images)
    {
        var numbers = new float[images.Pixels.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = images.Pixels[i] * (_white / byte.MaxValue);
        }
        var perTensor = _singly ? 1 : images.Labels.Length;
        long[] shape = [perTensor, .. _shape[1..]];
        return new TensorBatch(
            images.Labels,
            [.. numbers.Chunk(perTensor * DigitPainter.Pixels).Select(values => (values, shape))]
        );
    }

    /// <summary>From the network's input to its features.</summary>
    public TensorBatch ExtractFeatures(TensorBatch images) => Run(_features, images);

    /// <summary>From features to the class of each image, beside the one that it shows.</summary>
    public (int Shown, int Found)[] Classify(TensorBatch features)
    {
        var scores = Run(_classifier, features).Tensors.SelectMany(tensor => tensor.Values).ToArray();
        var classes = scores.Length / features.Labels.Length;
        return
        [
            .. features.Labels.Select(
                (label, image) => (label, TensorPrimitives.IndexOfMax(scores.AsSpan(image * classes, classes)))
            ),
        ];
    }

    public void Dispose()
    {
        _features.Dispose();
        _classifier.Dispose();
        _run.Dispose();
    }

    // A dimension that is not fixed is negative.
    private static bool IsAnImage(int[] dimensions) =>
        dimensions.Aggregate(1L, (product, length) => length > 0 ? product * length : -1) == DigitPainter.Pixels;

    private TensorBatch Run(InferenceSession session, TensorBatch batch) =>
        new(batch.Labels, [.. batch.Tensors.Select(tensor => Run(session, tensor.Values, tensor.Shape))]);

    private (float[] Values, long[] Shape) Run(InferenceSession session, float[] values, long[] shape)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(values, shape);
        using var outputs = session.Run(_run, session.InputNames, [input], session.OutputNames);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[0].GetTensorTypeAndShape().Shape);
    }
}
