using System.Runtime.CompilerServices;
using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// Quantised weights with 8-bit activations. For every output and every run of columns that share a weight scale, in
/// ascending order: the integer product, exact; times both scales, added by one fused multiply-add; then the min times
/// the activations' sum, by another.
/// </summary>
internal sealed unsafe class IntegerKernel(Format format, bool cutsBlocks) : UnpackingKernel(format, cutsBlocks)
{
    // Unpacked weights serve this many tokens: enough to make unpacking cheap, few enough that their numbers stay near.
    protected override int TileTokens => 64;

    public override ActivationFormats Input => ActivationFormats.Int8;

    protected override void AddRun(
        in PanelRun run,
        int panel,
        int panels,
        in ActivationView x,
        int tokens,
        float* y,
        long yStride
    )
    {
        var token = 0;
        for (; token + 4 <= tokens; token += 4)
        {
            for (var half = 0; half < PanelLayout.GroupRows; half += 8)
            {
                FourTokens(run, panel, panels, half, x.From(token), y + token * yStride + half, yStride);
            }
        }
        for (; token < tokens; token++)
        {
            OneToken(run, panel, panels, x.From(token), y + token * yStride);
        }
    }

    private void FourTokens(
        in PanelRun run,
        int panel,
        int panels,
        int half,
        in ActivationView x,
        float* y,
        long yStride
    )
    {
        var steps = 8 / Layout.ScalesAPanel;
        var hasMins = Layout.Packing.MinSign != 0;
        var bias = -Layout.Packing.Bias;
        long stride = x.Stride;
        var weights = run.Numbers + half * 4;
        var input = x.Numbers + panel * PanelLayout.PanelColumns;
        var (y0, y1) = (Vector256.Load(y), Vector256.Load(y + yStride));
        var (y2, y3) = (Vector256.Load(y + 2 * yStride), Vector256.Load(y + 3 * yStride));
        for (var part = 0; part < panels * Layout.ScalesAPanel; part++)
        {
            var sums = Sums(x, panel, part);
            var d0 = Vector256.Create(bias * sums[0]);
            var d1 = Vector256.Create(bias * sums[1]);
            var d2 = Vector256.Create(bias * sums[2]);
            var d3 = Vector256.Create(bias * sums[3]);
            for (var step = 0; step < steps; step += 2)
            {
                var (w, v) = (Vector256.Load(weights), Vector256.Load(weights + 64));
                d0 = IntegerDot.Add(d0, w, FourColumns(input));
                d1 = IntegerDot.Add(d1, w, FourColumns(input + stride));
                d2 = IntegerDot.Add(d2, w, FourColumns(input + 2 * stride));
                d3 = IntegerDot.Add(d3, w, FourColumns(input + 3 * stride));
                d0 = IntegerDot.Add(d0, v, FourColumns(input + 4));
                d1 = IntegerDot.Add(d1, v, FourColumns(input + stride + 4));
                d2 = IntegerDot.Add(d2, v, FourColumns(input + 2 * stride + 4));
                d3 = IntegerDot.Add(d3, v, FourColumns(input + 3 * stride + 4));
                weights += 128;
                input += 8;
            }
            var scale = Vector256.Load(run.Scales + part * PanelLayout.GroupRows + half);
            var unit = x.Scales + panel + part / Layout.ScalesAPanel;
            var unitStride = stride / ActivationView.BlockColumns;
            var units = Vector128.Create(unit[0], unit[unitStride], unit[2 * unitStride], unit[3 * unitStride]);
            y0 = Scaled(d0, scale, units[0], y0);
            y1 = Scaled(d1, scale, units[1], y1);
            y2 = Scaled(d2, scale, units[2], y2);
            y3 = Scaled(d3, scale, units[3], y3);
            if (hasMins)
            {
                var min = Vector256.Load(run.Mins + part * PanelLayout.GroupRows + half);
                var offsets = Vector128.ConvertToSingle(sums) * units;
                y0 = Vector256.FusedMultiplyAdd(min, Vector256.Create(offsets[0]), y0);
                y1 = Vector256.FusedMultiplyAdd(min, Vector256.Create(offsets[1]), y1);
                y2 = Vector256.FusedMultiplyAdd(min, Vector256.Create(offsets[2]), y2);
                y3 = Vector256.FusedMultiplyAdd(min, Vector256.Create(offsets[3]), y3);
            }
        }
        y0.Store(y);
        y1.Store(y + yStride);
        y2.Store(y + 2 * yStride);
        y3.Store(y + 3 * yStride);
    }

    private void OneToken(in PanelRun run, int panel, int panels, in ActivationView x, float* y)
    {
        var hasMins = Layout.Packing.MinSign != 0;
        var weights = run.Numbers;
        var input = x.Numbers + panel * PanelLayout.PanelColumns;
        var (low, high) = (Vector256.Load(y), Vector256.Load(y + 8));
        for (var part = 0; part < panels * Layout.ScalesAPanel; part++)
        {
            var sum = SumOf(x.Sums, panel, part);
            var lowDot = Vector256.Create(-Layout.Packing.Bias * sum);
            var highDot = lowDot;
            for (var step = 0; step < 8 / Layout.ScalesAPanel; step += 4)
            {
                AddFourSteps(weights, input, ref lowDot, ref highDot);
                weights += 256;
                input += 16;
            }
            var unit = x.Scales[panel + part / Layout.ScalesAPanel];
            var scales = run.Scales + part * PanelLayout.GroupRows;
            low = Scaled(lowDot, Vector256.Load(scales), unit, low);
            high = Scaled(highDot, Vector256.Load(scales + 8), unit, high);
            if (hasMins)
            {
                var mins = run.Mins + part * PanelLayout.GroupRows;
                var offset = Vector256.Create(sum * unit);
                low = Vector256.FusedMultiplyAdd(Vector256.Load(mins), offset, low);
                high = Vector256.FusedMultiplyAdd(Vector256.Load(mins + 8), offset, high);
            }
        }
        low.Store(y);
        high.Store(y + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFourSteps(byte* weights, sbyte* input, ref Vector256<int> low, ref Vector256<int> high)
    {
        var (a, b) = (FourColumns(input), FourColumns(input + 4));
        var (c, d) = (FourColumns(input + 8), FourColumns(input + 12));
        low = IntegerDot.Add(low, Vector256.Load(weights), a);
        high = IntegerDot.Add(high, Vector256.Load(weights + 32), a);
        low = IntegerDot.Add(low, Vector256.Load(weights + 64), b);
        high = IntegerDot.Add(high, Vector256.Load(weights + 96), b);
        low = IntegerDot.Add(low, Vector256.Load(weights + 128), c);
        high = IntegerDot.Add(high, Vector256.Load(weights + 160), c);
        low = IntegerDot.Add(low, Vector256.Load(weights + 192), d);
        high = IntegerDot.Add(high, Vector256.Load(weights + 224), d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scaled(
        Vector256<int> dot,
        Vector256<float> scale,
        float unit,
        Vector256<float> sum
    ) => Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(dot), scale * unit, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> FourColumns(sbyte* input) => Vector256.Create(*(int*)input).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<int> Sums(in ActivationView x, int panel, int part)
    {
        long stride = x.Stride / ActivationView.SumColumns;
        return Vector128.Create(
            SumOf(x.Sums, panel, part),
            SumOf(x.Sums + stride, panel, part),
            SumOf(x.Sums + 2 * stride, panel, part),
            SumOf(x.Sums + 3 * stride, panel, part)
        );
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SumOf(int* sums, int panel, int part) =>
        Layout.ScalesAPanel == 2 ? sums[2 * panel + part] : sums[2 * (panel + part)] + sums[2 * (panel + part) + 1];
}
