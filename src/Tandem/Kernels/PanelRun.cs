namespace Tandem.Kernels;

/// <summary>Where panels are unpacked to: scratch of one thread.</summary>
internal readonly unsafe struct PanelRun(byte* numbers, float* scales, float* mins)
{
    /// <summary>Scales of the largest run: eight panels with two scales for each of 16 rows.</summary>
    public const int ScalesMax = PanelLayout.RunPanels * 2 * PanelLayout.GroupRows;

    /// <summary>Bytes of the largest run.</summary>
    public const int NumbersMax = PanelLayout.RunPanels * PanelLayout.PanelBytes;

    /// <summary>The numbers, [panel, column / 4, row, column % 4].</summary>
    public byte* Numbers { get; } = numbers;

    /// <summary>The scales, [panel, scale of the panel, row].</summary>
    public float* Scales { get; } = scales;

    /// <summary>The mins with their sign, [panel, scale of the panel, row]; zeros where the format has none.</summary>
    public float* Mins { get; } = mins;
}
