using CsCheck;
using Tandem.Trainer;

namespace Tandem.Tests.Trainer;

public sealed unsafe class GemmTest
{
    [Fact]
    public void Products_equal_those_of_a_plain_loop_for_every_shape_and_both_readings_of_the_left_factor() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 3], Gen.Int[1, 300], Gen.Bool, Gen.Bool)
            .Sample((m, panels, k, transposed, adds) => Check(m, panels * 32, k, transposed, adds), iter: 60);

    private static void Check(int m, int n, int k, bool transposed, bool adds)
    {
        var random = new CountedRandom((ulong)((m * 1_000_000) + (n * 1000) + k));
        using var a = Filled(random, m * k);
        using var b = Filled(random, k * n);
        using var c = Filled(random, m * n);
        var expected = new double[m * n];
        for (var row = 0; row < m; row++)
        {
            for (var column = 0; column < n; column++)
            {
                var sum = adds ? c.Span()[(row * n) + column] : 0.0;
                for (var i = 0; i < k; i++)
                {
                    sum += (double)a.Span()[transposed ? (i * m) + row : (row * k) + i] * b.Span()[(i * n) + column];
                }
                expected[(row * n) + column] = sum;
            }
        }
        var left = transposed ? new Gemm.Rows(a.Data, m).Transposed : new Gemm.Rows(a.Data, k).Plain;

        Gemm.Multiply(left, new Gemm.Rows(b.Data, n), new Gemm.Rows(c.Data, n), m, n, k, adds);

        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], c.Span()[i], 1e-3);
        }
    }

    private static FloatBuffer Filled(CountedRandom random, int length)
    {
        var buffer = new FloatBuffer(length);
        foreach (ref var value in buffer.Span())
        {
            value = random.Normal();
        }
        return buffer;
    }
}
