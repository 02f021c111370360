using Iced.Intel;
using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Takes the numbers of a packed panel out in registers: of some rows, the bytes of four columns each; the bits that
/// <see cref="PanelLayout"/> has spread over planes are put together again.
/// </summary>
/// <param name="simd">Takes the instructions.</param>
/// <param name="packing">How the numbers are packed.</param>
internal sealed class NumberAssembler(VectorAssembler simd, Packing packing)
{
    private const int PlaneBytes = 64;
    private const int DigitMask = 15;

    // The bits that are read first, and where those of a second plane lie.
    private int LowBits => packing.Bits >= 4 ? 4 : 2;

    private int SecondPlane => LowBits * PanelLayout.PanelBytes / 8;

    /// <summary>Whether numbers have two digits of four bits: as they are packed, or looked up.</summary>
    public bool HasTwoDigits => packing.Bits == 8 || packing.Table is not null;

    /// <summary>Loads four columns of some rows.</summary>
    /// <param name="to">The register that takes them.</param>
    /// <param name="panel">Where the panel begins, for these rows.</param>
    /// <param name="index">Which columns: 0 to 7.</param>
    /// <param name="scratch">A register to compute in.</param>
    public void Load(int to, AssemblerMemoryOperand panel, int index, int scratch)
    {
        if (packing.Bits == 8)
        {
            simd.Load(to, panel + index * PlaneBytes);
            return;
        }
        LoadCodes(to, panel, index, scratch);
        if (packing.Table is { } table)
        {
            simd.BroadcastTable(scratch, table);
            simd.LookUp(to, scratch);
        }
    }

    /// <summary>Loads a digit of four columns of some rows: its four bits from <paramref name="shift"/> on.</summary>
    public void LoadDigit(int to, AssemblerMemoryOperand panel, int index, int scratch, int shift)
    {
        if (packing.Table is { } table)
        {
            LoadCodes(to, panel, index, scratch);
            simd.BroadcastTable(scratch, [.. table.Select(number => (byte)((number >> shift) & DigitMask))]);
            simd.LookUp(to, scratch);
            return;
        }
        simd.LoadShifted(to, panel + index * PlaneBytes, -shift);
        simd.And(to, InEachByte(DigitMask));
    }

    // Numbers of less than 8 bits.
    private void LoadCodes(int to, AssemblerMemoryOperand panel, int index, int scratch)
    {
        var (plane, shift) = packing.Bits >= 4 ? (index % 4, index / 4 * 4) : (index / 4, index % 4 * 2);
        simd.LoadShifted(to, panel + plane * PlaneBytes, -shift);
        // Bits that cross into a neighbouring byte are masked away.
        simd.And(to, InEachByte((1 << LowBits) - 1));
        var highBits = InEachByte((1 << packing.Bits) - (1 << LowBits));
        if (packing.Bits == 6)
        {
            simd.LoadShifted(scratch, panel + (SecondPlane + index / 4 * PlaneBytes), 4 - index % 4 * 2);
            simd.OrMasked(to, scratch, highBits);
        }
        else if (packing.Bits is 3 or 5)
        {
            simd.LoadShifted(scratch, panel + SecondPlane, LowBits - index);
            simd.OrMasked(to, scratch, highBits);
        }
    }

    private static int InEachByte(int value) => value * 0x01010101;
}
