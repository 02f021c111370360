namespace Tandem.Kernels;

/// <summary>Rows of a matrix as they lie in its file.</summary>
internal readonly unsafe struct SourceRows(byte* first, long rowBytes, int count)
{
    /// <summary>How many rows there are.</summary>
    public int Count => count;

    /// <summary>The first byte of a row.</summary>
    public byte* Row(int row) => first + row * rowBytes;
}
