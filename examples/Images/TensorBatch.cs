namespace Tandem.Examples.Images;

/// <summary>What a stage has made of a batch of images: one tensor, or one for each image where the model takes single images.</summary>
/// <param name="Labels">What the images show.</param>
/// <param name="Tensors">The values, and each tensor's shape.</param>
internal sealed record TensorBatch(int[] Labels, IReadOnlyList<(float[] Values, long[] Shape)> Tensors);
