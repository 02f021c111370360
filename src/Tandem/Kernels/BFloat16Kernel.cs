using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// BF16 weights with activations rounded to bfloat16, as the instruction <c>vdpbf16ps</c> multiplies them: of two neighbouring
/// columns the second is added first, each by a fused multiply-add, and numbers too small for a normal float count as zero,
/// weights, activations and sums alike. A group of 16 rows lies in pairs of columns, [column / 2, row, column % 2]. An output
/// adds its even pairs and its odd pairs, each in ascending order, then both sums.
/// </summary>
internal unsafe class BFloat16Kernel(Format format) : MatrixKernel
{
    /// <summary>Columns of a lane.</summary>
    protected const int PairColumns = 2;

    /// <summary>Bytes of a pair of columns of a group.</summary>
    protected const int PairBytes = PanelLayout.GroupRows * PairColumns * sizeof(ushort);

    private const int StepColumns = 2 * PairColumns;
    private const float SmallestNormal = 1.17549435e-38f;

    public override Format Format => format;

    public override ActivationFormats Input => ActivationFormats.BFloat16;

    public override long GroupBytes(int columns) => (long)Steps(columns) * 2 * PairBytes;

    public override void PackGroup(SourceRows source, int firstColumn, int columns, byte* packed)
    {
        new Span<byte>(packed, (int)GroupBytes(columns)).Clear();
        var weights = (ushort*)packed;
        for (var row = 0; row < source.Count; row++)
        {
            var from = (ushort*)source.Row(row) + firstColumn;
            for (var column = 0; column < columns; column++)
            {
                weights[Index(column, row)] = from[column];
            }
        }
    }

    public override void ReadRow(byte* group, int columns, int row, float* values)
    {
        for (var column = 0; column < columns; column++)
        {
            values[column] = BitConverter.UInt32BitsToSingle((uint)((ushort*)group)[Index(column, row)] << 16);
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
        for (var i = 0; i < groups; i++, group += GroupBytes(columns), y += PanelLayout.GroupRows)
        {
            for (var token = 0; token < tokens; token++)
            {
                var pairs = (uint*)x.From(token).BFloats;
                var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
                for (var pair = 0; pair < 2 * Steps(columns); pair += 2)
                {
                    even = Add(even, Vector512.Load((uint*)(group + pair * PairBytes)), pairs[pair]);
                    odd = Add(odd, Vector512.Load((uint*)(group + (pair + 1) * PairBytes)), pairs[pair + 1]);
                }
                (even + odd).Store(y + token * yStride);
            }
        }
    }

    /// <summary>How often two pairs are added; zeros beyond the last column make them whole.</summary>
    protected static int Steps(int columns) => (columns + StepColumns - 1) / StepColumns;

    private static int Index(int column, int row) =>
        (column / PairColumns * PanelLayout.GroupRows + row) * PairColumns + column % PairColumns;

    private static Vector512<float> Add(Vector512<float> sum, Vector512<uint> weights, uint pair)
    {
        var uppers = Vector512.Create(0xffff0000u);
        var numbers = Vector512.Create(pair);
        var low = Flush((weights << 16).AsSingle());
        var high = Flush((weights & uppers).AsSingle());
        var lowNumber = Flush((numbers << 16).AsSingle());
        var highNumber = Flush((numbers & uppers).AsSingle());
        sum = Flush(Vector512.FusedMultiplyAdd(high, highNumber, sum));
        return Flush(Vector512.FusedMultiplyAdd(low, lowNumber, sum));
    }

    private static Vector512<float> Flush(Vector512<float> values) =>
        Vector512.ConditionalSelect(
            Vector512.LessThan(Vector512.Abs(values), Vector512.Create(SmallestNormal)),
            (values.AsUInt32() & Vector512.Create(0x80000000u)).AsSingle(),
            values
        );
}
