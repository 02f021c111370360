using System.Runtime.Intrinsics.X86;

namespace Tandem.Kernels;

/// <summary>
/// Activations of some rows (tokens), in the forms that kernels take; rows lie one behind the other. Only the forms
/// that were prepared hold anything.
/// </summary>
public readonly unsafe struct ActivationView
{
    /// <summary>Columns that share a scale.</summary>
    public const int BlockColumns = 32;

    /// <summary>Columns that share a sum.</summary>
    public const int SumColumns = 16;

    /// <summary>Columns of a row, padded to whole blocks; the padding is zero.</summary>
    public required int Stride { get; init; }

    /// <summary>Floats, [rows, Stride].</summary>
    public required float* Values { get; init; }

    /// <summary>Integers from −127 to 127, [rows, Stride].</summary>
    public required sbyte* Numbers { get; init; }

    /// <summary>What an integer of each block is worth, [rows, Stride / 32].</summary>
    public required float* Scales { get; init; }

    /// <summary>Sums of the integers of each 16 columns, [rows, Stride / 16].</summary>
    public required int* Sums { get; init; }

    /// <summary>bfloat16 numbers, [rows, Stride].</summary>
    public required ushort* BFloats { get; init; }

    /// <summary>The rows from <paramref name="row"/> on.</summary>
    public ActivationView From(int row) =>
        new()
        {
            Stride = Stride,
            Values = Values + (long)row * Stride,
            Numbers = Numbers + (long)row * Stride,
            Scales = Scales + (long)row * (Stride / BlockColumns),
            Sums = Sums + (long)row * (Stride / SumColumns),
            BFloats = BFloats + (long)row * Stride,
        };

    /// <summary>
    /// Rounds the floats of one row to integers: each block of 32 is divided by its largest magnitude over 127.
    /// </summary>
    public void QuantiseRow(int row, int firstColumn, int columns)
    {
        var view = From(row);
        for (var column = firstColumn; column < firstColumn + columns; column += BlockColumns)
        {
            var values = view.Values + column;
            var (low, high) = (Vector512.Load(values), Vector512.Load(values + 16));
            var largest = VectorMath.MaxMagnitude(low, high);
            var scale = largest / 127f;
            var inverse = largest > 0 ? 127f / largest : 0f;
            view.Scales[column / BlockColumns] = scale;
            view.Sums[column / SumColumns] = QuantiseHalf(low * inverse, view.Numbers + column);
            view.Sums[column / SumColumns + 1] = QuantiseHalf(high * inverse, view.Numbers + column + SumColumns);
        }
    }

    /// <summary>Rounds the floats of some whole blocks of a row to bfloat16.</summary>
    public void RoundRow(int row, int firstColumn, int columns)
    {
        var view = From(row);
        for (var column = firstColumn; column < firstColumn + columns; column += BlockColumns)
        {
            var low = VectorMath.ToBFloat16(Vector512.Load(view.Values + column));
            var high = VectorMath.ToBFloat16(Vector512.Load(view.Values + column + 16));
            Vector512.Narrow(low, high).Store(view.BFloats + column);
        }
    }

    private static int QuantiseHalf(Vector512<float> scaled, sbyte* numbers)
    {
        // All are between −127 and 127, so the conversion needs no care of what is beyond.
        var rounded = Vector512.ConvertToInt32Native(Vector512.Round(scaled));
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector128SByte(rounded).Store(numbers);
        }
        else
        {
            var shorts = Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
            Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).Store(numbers);
        }
        return Vector512.Sum(rounded);
    }
}
