namespace Tandem.Examples.Gradients;

/// <summary>What the network reads.</summary>
internal static class Pixels
{
    /// <summary>Makes numbers from 0 to 1 of pixels from 0 to 255.</summary>
    public static void ToFloats(ReadOnlySpan<byte> pixels, Span<float> numbers)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            numbers[i] = pixels[i] * (1f / 255);
        }
    }
}
