using Tandem.Memory;

namespace Tandem.Devices;

/// <summary>Floats on a device, [rows, columns]; rows are padded with zeros to a multiple of 32 columns.</summary>
internal sealed unsafe class Tensor : Resource
{
    /// <summary>Rows are padded to a multiple of this, the block of the quantised activations.</summary>
    public const int PaddingColumns = 32;

    internal Tensor(Arena arena, int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        Stride = (columns + PaddingColumns - 1) / PaddingColumns * PaddingColumns;
        Data = arena.AllocateZeroed<float>((long)rows * Stride);
    }

    /// <summary>Rows that there is room for.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>Floats from a row to the next.</summary>
    public int Stride { get; }

    internal float* Data { get; }

    internal float* Row(long row) => Data + row * Stride;

    /// <summary>A row's floats; call it after <see cref="CpuDevice.Wait"/>.</summary>
    public Span<float> Read(int row) => new(Row(row), Columns);

    /// <summary>All rows' floats, [rows, <see cref="Stride"/>]; call it after <see cref="CpuDevice.Wait"/>.</summary>
    public Span<float> ReadAll() => new(Data, checked(Rows * Stride));
}
