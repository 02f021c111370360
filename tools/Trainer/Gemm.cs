using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Tandem.Trainer;

/// <summary>
/// Single-precision matrix products on one thread. Every product of the network, forwards and backwards, is one of
/// these: A may be read by rows or by columns, B and C lie by rows. The order of additions depends on the shapes
/// alone. (Tiling after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.)
/// </summary>
internal static unsafe class Gemm
{
    /// <summary>Columns of B and C come in multiples of this.</summary>
    public const int ColumnMultiple = 32;

    private const int TileRows = 8;

    // A panel of 256 × 32 floats is 32 KiB and stays in the first-level cache while all rows of A pass by.
    private const int PanelDepth = 256;

    /// <summary>C = A·B, or C += A·B.</summary>
    /// <param name="a">A, [m, k].</param>
    /// <param name="b">B, [k, n].</param>
    /// <param name="c">C, [m, n].</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C, a multiple of <see cref="ColumnMultiple"/>.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="accumulate">Whether to add to what C holds.</param>
    public static void Multiply(Left a, Rows b, Rows c, int m, int n, int k, bool accumulate = false)
    {
        Debug.Assert(n % ColumnMultiple == 0, "n must be a multiple of 32");
        var panel = stackalloc float[PanelDepth * ColumnMultiple];
        for (var depth = 0; depth < k; depth += PanelDepth)
        {
            var length = Math.Min(PanelDepth, k - depth);
            for (var column = 0; column < n; column += ColumnMultiple)
            {
                Pack(b.Data + (depth * b.Stride) + column, b.Stride, length, panel);
                var adds = accumulate || depth > 0;
                var row = 0;
                for (; row + TileRows <= m; row += TileRows)
                {
                    EightRows(a.At(row, depth), panel, length, c.At(row, column), adds);
                }
                for (; row < m; row++)
                {
                    OneRow(a.At(row, depth), panel, length, c.At(row, column), adds);
                }
            }
        }
    }

    private static void Pack(float* b, nint stride, int length, float* panel)
    {
        for (var row = 0; row < length; row++)
        {
            Vector512.Load(b).Store(panel);
            Vector512.Load(b + 16).Store(panel + 16);
            b += stride;
            panel += ColumnMultiple;
        }
    }

    // 16 accumulators: enough independent sums to hide the latency of a fused multiply-add, and registers to spare.
    private static void EightRows(Left a, float* panel, int length, Rows c, bool adds)
    {
        float* a0 = a.Data,
            a1 = a0 + a.RowStride,
            a2 = a1 + a.RowStride,
            a3 = a2 + a.RowStride;
        float* a4 = a3 + a.RowStride,
            a5 = a4 + a.RowStride,
            a6 = a5 + a.RowStride,
            a7 = a6 + a.RowStride;
        Vector512<float> l0 = default,
            l1 = default,
            l2 = default,
            l3 = default;
        Vector512<float> l4 = default,
            l5 = default,
            l6 = default,
            l7 = default;
        Vector512<float> r0 = default,
            r1 = default,
            r2 = default,
            r3 = default;
        Vector512<float> r4 = default,
            r5 = default,
            r6 = default,
            r7 = default;
        nint offset = 0;
        var end = panel + ((nint)length * ColumnMultiple);
        for (; panel < end; panel += ColumnMultiple, offset += a.ColumnStride)
        {
            var left = Vector512.Load(panel);
            var right = Vector512.Load(panel + 16);
            Add(a0[offset], left, right, ref l0, ref r0);
            Add(a1[offset], left, right, ref l1, ref r1);
            Add(a2[offset], left, right, ref l2, ref r2);
            Add(a3[offset], left, right, ref l3, ref r3);
            Add(a4[offset], left, right, ref l4, ref r4);
            Add(a5[offset], left, right, ref l5, ref r5);
            Add(a6[offset], left, right, ref l6, ref r6);
            Add(a7[offset], left, right, ref l7, ref r7);
        }
        Finish(c.Data, l0, r0, adds);
        Finish(c.Data + c.Stride, l1, r1, adds);
        Finish(c.Data + (2 * c.Stride), l2, r2, adds);
        Finish(c.Data + (3 * c.Stride), l3, r3, adds);
        Finish(c.Data + (4 * c.Stride), l4, r4, adds);
        Finish(c.Data + (5 * c.Stride), l5, r5, adds);
        Finish(c.Data + (6 * c.Stride), l6, r6, adds);
        Finish(c.Data + (7 * c.Stride), l7, r7, adds);
    }

    private static void OneRow(Left a, float* panel, int length, Rows c, bool adds)
    {
        Vector512<float> left = default,
            right = default;
        for (var depth = 0; depth < length; depth++)
        {
            var factor = a.Data[depth * a.ColumnStride];
            Add(factor, Vector512.Load(panel), Vector512.Load(panel + 16), ref left, ref right);
            panel += ColumnMultiple;
        }
        Finish(c.Data, left, right, adds);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static void Add(
        float factor,
        Vector512<float> left,
        Vector512<float> right,
        ref Vector512<float> leftSum,
        ref Vector512<float> rightSum
    )
    {
        var factors = Vector512.Create(factor);
        leftSum = Vector512.FusedMultiplyAdd(factors, left, leftSum);
        rightSum = Vector512.FusedMultiplyAdd(factors, right, rightSum);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static void Finish(float* c, Vector512<float> left, Vector512<float> right, bool adds)
    {
        (adds ? Vector512.Load(c) + left : left).Store(c);
        (adds ? Vector512.Load(c + 16) + right : right).Store(c + 16);
    }

    /// <summary>A matrix whose rows are contiguous.</summary>
    /// <param name="data">The first value.</param>
    /// <param name="stride">Values from one row to the next.</param>
    internal readonly struct Rows(float* data, nint stride)
    {
        /// <summary>The first value.</summary>
        public float* Data { get; } = data;

        /// <summary>Values from one row to the next.</summary>
        public nint Stride { get; } = stride;

        /// <summary>The part that begins at a row and a column.</summary>
        public Rows At(int row, int column) => new(Data + (row * Stride) + column, Stride);

        /// <summary>The same matrix as a left factor.</summary>
        public Left Plain => new(Data, Stride, 1);

        /// <summary>Its transpose as a left factor.</summary>
        public Left Transposed => new(Data, 1, Stride);
    }

    /// <summary>A left factor, read with any two strides.</summary>
    /// <param name="data">The first value.</param>
    /// <param name="rowStride">Values from one row to the next.</param>
    /// <param name="columnStride">Values from one column to the next.</param>
    internal readonly struct Left(float* data, nint rowStride, nint columnStride)
    {
        /// <summary>The first value.</summary>
        public float* Data { get; } = data;

        /// <summary>Values from one row to the next.</summary>
        public nint RowStride { get; } = rowStride;

        /// <summary>Values from one column to the next.</summary>
        public nint ColumnStride { get; } = columnStride;

        /// <summary>The part that begins at a row and a column.</summary>
        public Left At(int row, int column) =>
            new(Data + (row * RowStride) + (column * ColumnStride), RowStride, ColumnStride);
    }
}
