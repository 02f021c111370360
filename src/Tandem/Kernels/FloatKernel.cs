using System.Runtime.CompilerServices;
using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// Floating-point weights (F32, F16, BF16) with activations as floats. A group of 16 rows lies column by column. An
/// output adds its even columns and its odd columns, each in ascending order by fused multiply-adds, then both sums.
/// </summary>
internal unsafe class FloatKernel(Format format) : MatrixKernel
{
    private readonly FloatWidening _widening = format.Widening;

    public override Format Format => format;

    public override ActivationFormats Input => ActivationFormats.Float32;

    // A column beyond the last keeps the pairs of columns even.
    protected static int Padded(int columns) => (columns + 1) / 2 * 2;

    public override long GroupBytes(int columns) => (long)Padded(columns) * PanelLayout.GroupRows * format.BlockBytes;

    public override void PackGroup(SourceRows source, int firstColumn, int columns, byte* packed)
    {
        new Span<byte>(packed, (int)GroupBytes(columns)).Clear();
        for (var row = 0; row < source.Count; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var from = source.Row(row);
                if (format.BlockBytes == sizeof(float))
                {
                    ((float*)packed)[column * PanelLayout.GroupRows + row] = ((float*)from)[firstColumn + column];
                }
                else
                {
                    ((ushort*)packed)[column * PanelLayout.GroupRows + row] = ((ushort*)from)[firstColumn + column];
                }
            }
        }
    }

    public override void ReadRow(byte* group, int columns, int row, float* values)
    {
        for (var column = 0; column < columns; column++)
        {
            values[column] = Column(group, column)[row];
        }
    }

    public override void Multiply(
        byte* group,
        int groups,
        int columns,
        in ActivationView x,
        int tokens,
        float* y,
        long yStride
    )
    {
        var groupBytes = GroupBytes(columns);
        for (var i = 0; i < groups; i++, group += groupBytes, y += PanelLayout.GroupRows)
        {
            MultiplyGroup(group, columns, x, tokens, y, yStride);
        }
    }

    private void MultiplyGroup(byte* group, int columns, in ActivationView x, int tokens, float* y, long yStride)
    {
        var token = 0;
        for (; token + 4 <= tokens; token += 4)
        {
            FourTokens(group, Padded(columns), x.From(token), y + token * yStride, yStride);
        }
        for (; token < tokens; token++)
        {
            OneToken(group, Padded(columns), x.From(token), y + token * yStride);
        }
    }

    private void FourTokens(byte* group, int columns, in ActivationView x, float* y, long yStride)
    {
        var x0 = x.Values;
        var x1 = x0 + x.Stride;
        var x2 = x1 + x.Stride;
        var x3 = x2 + x.Stride;
        var (even0, even1, even2, even3) = (
            Vector512<float>.Zero,
            Vector512<float>.Zero,
            Vector512<float>.Zero,
            Vector512<float>.Zero
        );
        var (odd0, odd1, odd2, odd3) = (even0, even0, even0, even0);
        for (var column = 0; column < columns; column += 2)
        {
            var even = Column(group, column);
            even0 = Vector512.FusedMultiplyAdd(even, Vector512.Create(x0[column]), even0);
            even1 = Vector512.FusedMultiplyAdd(even, Vector512.Create(x1[column]), even1);
            even2 = Vector512.FusedMultiplyAdd(even, Vector512.Create(x2[column]), even2);
            even3 = Vector512.FusedMultiplyAdd(even, Vector512.Create(x3[column]), even3);
            var odd = Column(group, column + 1);
            odd0 = Vector512.FusedMultiplyAdd(odd, Vector512.Create(x0[column + 1]), odd0);
            odd1 = Vector512.FusedMultiplyAdd(odd, Vector512.Create(x1[column + 1]), odd1);
            odd2 = Vector512.FusedMultiplyAdd(odd, Vector512.Create(x2[column + 1]), odd2);
            odd3 = Vector512.FusedMultiplyAdd(odd, Vector512.Create(x3[column + 1]), odd3);
        }
        (even0 + odd0).Store(y);
        (even1 + odd1).Store(y + yStride);
        (even2 + odd2).Store(y + 2 * yStride);
        (even3 + odd3).Store(y + 3 * yStride);
    }

    private void OneToken(byte* group, int columns, in ActivationView x, float* y)
    {
        var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var column = 0; column < columns; column += 2)
        {
            even = Vector512.FusedMultiplyAdd(Column(group, column), Vector512.Create(x.Values[column]), even);
            odd = Vector512.FusedMultiplyAdd(Column(group, column + 1), Vector512.Create(x.Values[column + 1]), odd);
        }
        (even + odd).Store(y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Column(byte* group, int column) =>
        _widening switch
        {
            FloatWidening.None => Vector512.Load((float*)group + column * PanelLayout.GroupRows),
            FloatWidening.BF16 => VectorMath.FromBFloat16(
                Vector256.Load((ushort*)group + column * PanelLayout.GroupRows)
            ),
            _ => VectorMath.FromHalf(Vector256.Load((ushort*)group + column * PanelLayout.GroupRows)),
        };
}
