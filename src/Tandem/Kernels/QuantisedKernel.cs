using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>What the kernels of quantised weights share: the layout, packing, and reading a row.</summary>
internal abstract unsafe class QuantisedKernel(Format format, PanelLayout layout) : MatrixKernel
{
    public override Format Format => format;

    /// <summary>How the weights lie.</summary>
    public PanelLayout Layout => layout;

    public override long GroupBytes(int columns) => Layout.GroupBytes(columns);

    public override void PackGroup(SourceRows source, int firstColumn, int columns, byte* packed) =>
        Layout.PackGroup(source, firstColumn, columns, packed);

    public override void ReadRow(byte* group, int columns, int row, float* values)
    {
        var numbers = stackalloc byte[PanelRun.NumbersMax];
        var scales = stackalloc float[2 * PanelRun.ScalesMax];
        var run = new PanelRun(numbers, scales, scales + PanelRun.ScalesMax);
        var scaleColumns = Layout.Packing.ScaleColumns;
        for (var column = 0; column < columns; column++)
        {
            var inRun = column % (PanelLayout.RunPanels * PanelLayout.PanelColumns);
            if (inRun == 0)
            {
                var panel = column / PanelLayout.PanelColumns;
                var panels = Math.Min(PanelLayout.RunPanels, PanelLayout.Panels(columns) - panel);
                Layout.Unpack(group, panel, panels, run);
            }
            var number = numbers[inRun / 4 * 64 + row * 4 + inRun % 4] - Layout.Packing.Bias;
            var scale = inRun / scaleColumns * PanelLayout.GroupRows + row;
            values[column] = MathF.FusedMultiplyAdd(run.Scales[scale], number, run.Mins[scale]);
        }
    }
}
