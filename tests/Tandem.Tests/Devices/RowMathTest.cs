using Tandem.Devices;
using Tandem.Devices.Operations;

namespace Tandem.Tests.Devices;

public sealed unsafe class RowMathTest
{
    private const int Seed = 7;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Any_number_of_pairs_is_turned_one_by_one_to_the_bit(bool halves)
    {
        var random = new Random(Seed);
        for (var pairs = 0; pairs <= 70; pairs++)
        {
            float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
            var (head, angles) = (Numbers(2 * pairs + 1), Numbers(2 * pairs + 1));
            var expected = head.ToArray();
            for (var pair = 0; pair < pairs; pair++)
            {
                var (first, second) = halves ? (pair, pair + pairs) : (2 * pair, 2 * pair + 1);
                var (a, b, cosine, sine) = (head[first], head[second], angles[pair], angles[pairs + pair]);
                (expected[first], expected[second]) = (a * cosine - b * sine, a * sine + b * cosine);
            }
            fixed (float* x = head)
            fixed (float* turns = angles)
            {
                RowMath.Rotate(x, new Rotary { Frequencies = new double[pairs], Halves = halves }, turns);
            }
            Assert.True(expected.AsSpan().SequenceEqual(head), $"{pairs} pairs, seed {Seed}");
        }
    }
}
