using System.Runtime.CompilerServices;
using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// Kernels that unpack some panels to memory and multiply with them there: the walk over a group's panels.
/// </summary>
internal abstract unsafe class UnpackingKernel(Format format, bool cutsBlocks)
    : QuantisedKernel(format, new PanelLayout(format, cutsBlocks))
{
    /// <summary>Tokens that panels are unpacked for at a time.</summary>
    protected abstract int TileTokens { get; }

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
            for (var first = 0; first < tokens; first += TileTokens)
            {
                Tile(group, columns, x.From(first), Math.Min(TileTokens, tokens - first), y + first * yStride, yStride);
            }
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
}
