using Tandem.Examples.Gradients;

namespace Tandem.Examples.Images;

/// <summary>Digits that are drawn when they are read, so that a million of them need no memory.</summary>
/// <param name="seed">Another seed draws other images.</param>
/// <param name="count">How many there are.</param>
internal sealed class DrawnImages(int seed, int count) : IImages
{
    private readonly DigitPainter _painter = new(seed);

    public int Count => count;

    public int Read(int index, Span<byte> pixels) => _painter.Draw(index, pixels);
}
