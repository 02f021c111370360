using System.Runtime.CompilerServices;
using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// What the kernels of quantised weights share: the layout, the walk over a group's panels, and reading a row.
/// </summary>
internal abstract unsafe class QuantisedKernel(Format format, bool cutsBlocks) : MatrixKernel
{
    public override Format Format => format;

    protected PanelLayout Layout { get; } = new(format, cutsBlocks);

    /// <summary>Tokens that panels are unpacked for at a time.</summary>
    protected abstract int TileTokens { get; }

    public override long GroupBytes(int columns) => Layout.GroupBytes(columns);

    public override void PackGroup(SourceRows source, int firstColumn, int columns, byte* packed) =>
        Layout.PackGroup(source, firstColumn, columns, packed);

    public override void Multiply(byte* group, int columns, in ActivationView x, int tokens, float* y, long yStride)
    {
        for (var first = 0; first < tokens; first += TileTokens)
        {
            Tile(group, columns, x.From(first), Math.Min(TileTokens, tokens - first), y + first * yStride, yStride);
        }
    }

    /// <summary>Adds the products of some unpacked panels, from <paramref name="panel"/> on, to the outputs of a tile.</summary>
    protected abstract void AddRun(
        in PanelRun run,
        int panel,
        int panels,
        in ActivationView x,
        int tokens,
        float* y,
        long yStride
    );

    [SkipLocalsInit]
    private void Tile(byte* group, int columns, in ActivationView x, int tokens, float* y, long yStride)
    {
        var numbers = stackalloc byte[PanelRun.NumbersMax];
        var scales = stackalloc float[2 * PanelRun.ScalesMax];
        var run = new PanelRun(numbers, scales, scales + PanelRun.ScalesMax);
        // A format without mins leaves them as they are.
        new Span<float>(run.Mins, PanelRun.ScalesMax).Clear();
        for (var token = 0; token < tokens; token++)
        {
            Vector512<float>.Zero.Store(y + token * yStride);
        }
        var panels = PanelLayout.Panels(columns);
        for (var panel = 0; panel < panels; panel += PanelLayout.RunPanels)
        {
            var count = Math.Min(PanelLayout.RunPanels, panels - panel);
            Layout.Unpack(group, panel, count, run);
            AddRun(run, panel, count, x, tokens, y, yStride);
        }
    }

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
