using Tandem.Examples.Gradients;

namespace Tandem.Examples.Tests;

public class DigitPainterTest
{
    [Fact]
    public void An_image_depends_on_its_seed_and_its_number_alone()
    {
        var (first, again) = (Draw(seed: 1, index: 7), Draw(seed: 1, index: 7));

        Assert.Equal(first.Digit, again.Digit);
        Assert.Equal(first.Pixels, again.Pixels);
        Assert.NotEqual(first.Pixels, Draw(seed: 2, index: 7).Pixels);
        Assert.NotEqual(first.Pixels, Draw(seed: 1, index: 8).Pixels);
    }

    [Fact]
    public void Every_digit_is_drawn_about_as_often_and_leaves_ink()
    {
        var images = Enumerable.Range(0, 2000).Select(index => Draw(seed: 3, index)).ToList();
        var counts = images.CountBy(image => image.Digit).ToDictionary();

        Assert.All(Enumerable.Range(0, 10), digit => Assert.InRange(counts[digit], 140, 260));
        Assert.All(images, image => Assert.InRange(image.Pixels.Count(pixel => pixel > 128), 10, 300));
    }

    private static (int Digit, byte[] Pixels) Draw(int seed, long index)
    {
        var pixels = new byte[DigitPainter.Pixels];
        return (new DigitPainter(seed).Draw(index, pixels), pixels);
    }
}
