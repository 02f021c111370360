using System.Numerics;

namespace Tandem.Examples.Gradients;

/// <summary>Draws images of digits that differ in slant, size, place, thickness, shape and noise: an image for every number.</summary>
/// <param name="seed">Another seed draws other images.</param>
internal sealed class DigitPainter(int seed)
{
    /// <summary>Pixels in a row, and rows.</summary>
    public const int Side = 28;

    /// <summary>Pixels of an image.</summary>
    public const int Pixels = Side * Side;

    /// <summary>Draws an image.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="image">Filled with its pixels, [28, 28], from 0 (paper) to 255 (ink).</param>
    /// <returns>The digit on it, from 0 to 9.</returns>
    public int Draw(long index, Span<byte> image)
    {
        var draws = new Draws(seed, index);
        var digit = draws.Below(10);
        Span<float> ink = stackalloc float[Pixels]; // [28, 28]
        ink.Clear();
        var place = Placement(ref draws);
        var thickness = draws.Between(0.7f, 1.7f);
        foreach (var stroke in DigitStrokes.All[digit])
        {
            var from = Vector2.Zero;
            for (var i = 0; i < stroke.Length; i++)
            {
                var jitter = new Vector2(draws.Between(-0.03f, 0.03f), draws.Between(-0.03f, 0.03f));
                var to = Vector2.Transform(stroke[i] + jitter, place);
                if (i > 0)
                {
                    DrawLine(ink, from, to, thickness);
                }
                from = to;
            }
        }
        var noise = draws.Between(0, 0.25f);
        for (var i = 0; i < Pixels; i++)
        {
            var value = ink[i] + draws.Between(-noise, noise);
            image[i] = (byte)(255 * Math.Clamp(value, 0, 1));
        }
        return digit;
    }

    // From the unit square, turned, slanted and scaled about its middle, to pixels.
    private static Matrix3x2 Placement(ref Draws draws)
    {
        var middle = new Vector2(0.5f, 0.5f);
        var size = Side * draws.Between(0.7f, 1f);
        var slant = Matrix3x2.CreateSkew(draws.Between(-0.3f, 0.3f), 0, middle);
        var turn = Matrix3x2.CreateRotation(draws.Between(-0.25f, 0.25f), middle);
        var shift = new Vector2(Side / 2f) - (middle * size) + new Vector2(draws.Between(-2, 2), draws.Between(-2, 2));
        return slant * turn * Matrix3x2.CreateScale(size) * Matrix3x2.CreateTranslation(shift);
    }

    private static void DrawLine(Span<float> ink, Vector2 from, Vector2 to, float thickness)
    {
        var reach = new Vector2(thickness + 1);
        var low = Vector2.Clamp(Vector2.Min(from, to) - reach, Vector2.Zero, new Vector2(Side - 1));
        var high = Vector2.Clamp(Vector2.Max(from, to) + reach, Vector2.Zero, new Vector2(Side - 1));
        var line = to - from;
        var scale = 1 / Math.Max(line.LengthSquared(), 1e-6f);
        for (var y = (int)low.Y; y <= (int)high.Y; y++)
        {
            for (var x = (int)low.X; x <= (int)high.X; x++)
            {
                var point = new Vector2(x + 0.5f, y + 0.5f);
                var along = Math.Clamp(Vector2.Dot(point - from, line) * scale, 0, 1);
                var distance = Vector2.Distance(point, from + (along * line));
                ref var pixel = ref ink[(y * Side) + x];
                pixel = Math.Max(pixel, Math.Clamp(thickness + 0.5f - distance, 0, 1));
            }
        }
    }
}
