namespace Tandem.Devices.Operations;

/// <summary>Arithmetic over one row, in an order that depends on its length alone. Strides are multiples of 32.</summary>
internal static unsafe class RowMath
{
    /// <summary>y = x / rms(x) · weight (Zhang and Sennrich, 2019); the mean is over <paramref name="columns"/>, the stride's padding is zero.</summary>
    public static void Normalise(float* x, float* weight, float* y, int columns, int stride, float epsilon)
    {
        var factor = Vector512.Create(InverseRms(x, columns, stride, epsilon));
        for (var i = 0; i < stride; i += 16)
        {
            (Vector512.Load(x + i) * factor * Vector512.Load(weight + i)).Store(y + i);
        }
    }

    /// <summary>1 / √(mean of squares + ε).</summary>
    public static float InverseRms(float* x, int columns, int stride, float epsilon)
    {
        var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0; i < stride; i += 32)
        {
            var (low, high) = (Vector512.Load(x + i), Vector512.Load(x + i + 16));
            even = Vector512.FusedMultiplyAdd(low, low, even);
            odd = Vector512.FusedMultiplyAdd(high, high, odd);
        }
        return 1 / MathF.Sqrt(Vector512.Sum(even + odd) / columns + epsilon);
    }

    /// <summary>y += x · factor.</summary>
    public static void AddScaled(float* x, float factor, float* y, int stride)
    {
        for (var i = 0; i < stride; i += 16)
        {
            Vector512
                .FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Create(factor), Vector512.Load(y + i))
                .Store(y + i);
        }
    }

    /// <summary>Turns the pairs of a head by the cosines of <paramref name="angles"/>, and the sines behind them.</summary>
    public static void Rotate(float* head, Rotary rotary, float* angles)
    {
        var pairs = rotary.Pairs;
        var pair = rotary.Halves ? RotateHalves(head, angles, pairs) : RotateNeighbours(head, angles, pairs);
        var (step, distance) = rotary.Halves ? (1, pairs) : (2, 1);
        for (; pair < pairs; pair++)
        {
            var x = head + pair * step;
            var (cosine, sine) = (angles[pair], angles[pairs + pair]);
            (x[0], x[distance]) = (x[0] * cosine - x[distance] * sine, x[0] * sine + x[distance] * cosine);
        }
    }

    // Whole vectors of pairs; returns how many pairs that were.
    private static int RotateHalves(float* head, float* angles, int pairs)
    {
        var pair = 0;
        for (; pair + 16 <= pairs; pair += 16)
        {
            var (cosine, sine) = (Vector512.Load(angles + pair), Vector512.Load(angles + pairs + pair));
            var (x, y) = (Vector512.Load(head + pair), Vector512.Load(head + pairs + pair));
            (x * cosine - y * sine).Store(head + pair);
            (x * sine + y * cosine).Store(head + pairs + pair);
        }
        return pair;
    }

    private static int RotateNeighbours(float* head, float* angles, int pairs)
    {
        var twice = Vector512.Create(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
        var neighbours = Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
        var signs = Vector512.Create(0x80000000L).AsSingle();
        var pair = 0;
        for (; pair + 8 <= pairs; pair += 8)
        {
            var (cosines, sines) = (Vector256.Load(angles + pair), Vector256.Load(angles + pairs + pair));
            var cosine = Vector512.Shuffle(Vector512.Create(cosines, cosines), twice);
            var sine = Vector512.Shuffle(Vector512.Create(sines, sines), twice) ^ signs;
            var x = Vector512.Load(head + 2 * pair);
            (x * cosine + Vector512.Shuffle(x, neighbours) * sine).Store(head + 2 * pair);
        }
        return pair;
    }
}
