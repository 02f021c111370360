using Tandem.Kernels;
using Tandem.Memory;

namespace Tandem.Devices;

/// <summary>
/// Activations on their way into matrices, [rows, columns]: as floats, and as 8-bit integers where a matrix wants them.
/// </summary>
internal sealed unsafe class Activation : Resource
{
    internal Activation(Arena arena, int rows, int columns, ActivationFormats formats)
    {
        Rows = rows;
        Columns = columns;
        Formats = formats;
        var stride = (columns + Tensor.PaddingColumns - 1) / Tensor.PaddingColumns * Tensor.PaddingColumns;
        var integers = formats.HasFlag(ActivationFormats.Int8);
        var quantised = integers ? (long)rows * stride : 0;
        View = new ActivationView
        {
            Stride = stride,
            Values = arena.AllocateZeroed<float>((long)rows * stride),
            Numbers = arena.AllocateZeroed<sbyte>(quantised),
            Scales = arena.AllocateZeroed<float>(quantised / ActivationView.BlockColumns),
            Sums = arena.AllocateZeroed<int>(quantised / ActivationView.SumColumns),
        };
    }

    /// <summary>Rows that there is room for.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>The forms that every operation which writes it prepares.</summary>
    public ActivationFormats Formats { get; }

    internal ActivationView View { get; }

    internal float* Row(long row) => View.Values + row * View.Stride;

    /// <summary>Rounds the floats of a part of a row to integers, where a matrix wants them; whole blocks of 32.</summary>
    internal void Quantise(int row, int firstColumn, int columns)
    {
        if (Formats.HasFlag(ActivationFormats.Int8))
        {
            View.QuantiseRow(row, firstColumn, columns);
        }
    }
}
