using Tandem.Kernels;
using Tandem.Memory;

namespace Tandem.Devices;

/// <summary>
/// Activations on their way into matrices, [rows, columns]: as floats, and as 8-bit integers or bfloat16 where a matrix wants
/// them.
/// </summary>
internal sealed unsafe class Activation : Resource
{
    private readonly Tensor _floats;

    internal Activation(Arena arena, int rows, int columns, ActivationFormats formats)
        : this(arena, new Tensor(arena, rows, columns), formats) { }

    /// <summary>Activations whose floats are those of a tensor: whoever writes one of the two overwrites the other.</summary>
    internal Activation(Arena arena, Tensor floats, ActivationFormats formats)
    {
        _floats = floats;
        Formats = formats;
        var quantised = Has(formats, ActivationFormats.Int8) ? (long)Rows * floats.Stride : 0;
        var rounded = Has(formats, ActivationFormats.BFloat16) ? (long)Rows * floats.Stride : 0;
        View = new ActivationView
        {
            Stride = floats.Stride,
            Values = floats.Data,
            Numbers = arena.AllocateZeroed<sbyte>(quantised),
            Scales = arena.AllocateZeroed<float>(quantised / ActivationView.BlockColumns),
            Sums = arena.AllocateZeroed<int>(quantised / ActivationView.SumColumns),
            BFloats = arena.AllocateZeroed<ushort>(rounded),
        };
    }

    /// <summary>Rows that there is room for.</summary>
    public int Rows => _floats.Rows;

    /// <summary>Columns.</summary>
    public int Columns => _floats.Columns;

    /// <summary>The forms that every operation which writes it prepares.</summary>
    public ActivationFormats Formats { get; }

    /// <inheritdoc/>
    public override Resource Memory => _floats;

    internal ActivationView View { get; }

    internal float* Row(long row) => View.Values + row * View.Stride;

    /// <summary>Rounds the floats of a part of a row to what matrices want; whole blocks of 32.</summary>
    internal void Round(int row, int firstColumn, int columns)
    {
        if (Has(Formats, ActivationFormats.Int8))
        {
            View.QuantiseRow(row, firstColumn, columns);
        }
        if (Has(Formats, ActivationFormats.BFloat16))
        {
            View.RoundRow(row, firstColumn, columns);
        }
    }

    // Enum.HasFlag allocates until the runtime has recompiled what calls it, and steps shall allocate nothing.
    private static bool Has(ActivationFormats formats, ActivationFormats one) => (formats & one) != 0;
}
