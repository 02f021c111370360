using Tandem.Devices.Operations;

namespace Tandem.Devices;

/// <summary>A root-mean-square norm: its weight, [columns], and what keeps it from dividing by zero.</summary>
/// <param name="Weight">One row.</param>
/// <param name="Epsilon">Added to the mean of squares.</param>
internal sealed record Norm(Tensor Weight, float Epsilon)
{
    internal unsafe void Apply(float* x, float* y, int stride) =>
        RowMath.Normalise(x, Weight.Data, y, Weight.Columns, stride, Epsilon);
}
