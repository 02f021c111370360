using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// Quantised weights with activations left as floats: the reference mode that shows what exact arithmetic on the
/// weights gives. An output adds its columns one by one, in ascending order.
/// </summary>
internal sealed unsafe class DequantisingKernel(Format format, bool cutsBlocks) : UnpackingKernel(format, cutsBlocks)
{
    protected override int TileTokens => 8;

    public override ActivationFormats Input => ActivationFormats.Float32;

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
        var values = x.Values + panel * PanelLayout.PanelColumns;
        for (var column = 0; column < panels * PanelLayout.PanelColumns; column++)
        {
            var weights = Column(run, column);
            for (var token = 0; token < tokens; token++)
            {
                var value = Vector512.Create(values[(long)token * x.Stride + column]);
                var output = y + token * yStride;
                Vector512.FusedMultiplyAdd(weights, value, Vector512.Load(output)).Store(output);
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
