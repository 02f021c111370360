namespace Tandem.Examples.Images;

/// <summary>Images on their way to the network.</summary>
/// <param name="Labels">What they show.</param>
/// <param name="Pixels">[images, 28, 28], from 0 to 255.</param>
internal sealed record ImageBatch(int[] Labels, byte[] Pixels);
