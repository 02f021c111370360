using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// Quantised weights with activations left as floats: the reference mode that shows what exact arithmetic on the
/// weights gives. An output adds its columns one by one, in ascending order.
/// </summary>
internal sealed unsafe class DequantisingKernel(Format format) : QuantisedKernel(format)
{
    private const int TileTokens = 8;

    public override ActivationFormats Input => ActivationFormats.Float32;

    public override void Multiply(byte* group, int columns, in ActivationView x, int tokens, float* y, long yStride)
    {
        for (var first = 0; first < tokens; first += TileTokens)
        {
            Tile(group, columns, x.From(first), Math.Min(TileTokens, tokens - first), y + first * yStride, yStride);
        }
    }

    private void Tile(byte* group, int columns, in ActivationView x, int tokens, float* y, long yStride)
    {
        var numbers = stackalloc byte[PanelRun.NumbersMax];
        var scales = stackalloc float[2 * PanelRun.ScalesMax];
        var run = new PanelRun(numbers, scales, scales + PanelRun.ScalesMax);
        for (var token = 0; token < tokens; token++)
        {
            Vector512<float>.Zero.Store(y + token * yStride);
        }
        var panels = columns / PanelLayout.PanelColumns;
        for (var panel = 0; panel < panels; panel += PanelLayout.RunPanels)
        {
            var count = Math.Min(PanelLayout.RunPanels, panels - panel);
            Layout.Unpack(group, panel, count, run);
            for (var column = 0; column < count * PanelLayout.PanelColumns; column++)
            {
                var weights = Column(run, column);
                for (var token = 0; token < tokens; token++)
                {
                    var value = x.Values[(long)token * x.Stride + panel * PanelLayout.PanelColumns + column];
                    var output = y + token * yStride;
                    Vector512.FusedMultiplyAdd(weights, Vector512.Create(value), Vector512.Load(output)).Store(output);
                }
            }
        }
    }

    private Vector512<float> Column(in PanelRun run, int column)
    {
        var lanes = Vector512.Load(run.Numbers + column / 4 * 64).AsInt32() >> (column % 4 * 8);
        var numbers = (lanes & Vector512.Create(255)) - Vector512.Create(Layout.Packing.Bias);
        var scale = column / Layout.Packing.ScaleColumns * PanelLayout.GroupRows;
        var scaled = Vector512.Load(run.Scales + scale) * Vector512.ConvertToSingle(numbers);
        return scaled + Vector512.Load(run.Mins + scale);
    }
}
