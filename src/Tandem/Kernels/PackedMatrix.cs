namespace Tandem.Kernels;

/// <summary>A weight matrix in the layout that its kernel packed it into.</summary>
internal sealed unsafe class PackedMatrix(MatrixKernel kernel, int rows, int columns)
{
    /// <summary>Multiplies with it.</summary>
    public MatrixKernel Kernel => kernel;

    /// <summary>Outputs.</summary>
    public int Rows => rows;

    /// <summary>Inputs.</summary>
    public int Columns => columns;

    /// <summary>The packed groups, one behind the other.</summary>
    public byte* Data { get; set; }

    /// <summary>Groups of 16 rows, the last one padded with rows of zeros.</summary>
    public int Groups => (rows + PanelLayout.GroupRows - 1) / PanelLayout.GroupRows;

    /// <summary>Bytes of a group.</summary>
    public long GroupBytes { get; } = kernel.GroupBytes(columns);

    /// <summary>Bytes of the whole matrix.</summary>
    public long Bytes => GroupBytes * Groups;

    /// <summary>First byte of a group.</summary>
    public byte* Group(int group) => Data + group * GroupBytes;
}
