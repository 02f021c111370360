namespace Tandem.Examples.Images;

/// <summary>Images of 28 × 28 pixels of which is known what they show. Any threads may read at the same time.</summary>
internal interface IImages
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Reads an image.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <param name="pixels">Filled with its pixels, [28, 28], from 0 to 255.</param>
    /// <returns>The class of what it shows.</returns>
    int Read(int index, Span<byte> pixels);
}
