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
}
