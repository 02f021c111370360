using Iced.Intel;
using Tandem.Formats;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Takes the numbers of a packed panel out in registers: of a vector, the bytes of four columns in 16 rows, the bits that
/// <see cref="PanelLayout"/> has spread over planes are put together again.
/// </summary>
/// <param name="code">Takes the instructions.</param>
/// <param name="packing">How the numbers are packed.</param>
/// <param name="constants">The constants of the kernel.</param>
internal sealed class NumberAssembler(Assembler code, Packing packing, ConstantPool constants)
{
    private const int VectorBytes = 64;

    // The truth table of a | (b & c).
    private const byte OrAnd = 0xf8;

    private static readonly AssemblerRegisterZMM _lowMask = zmm0;
    private static readonly AssemblerRegisterZMM _highMask = zmm1;
    private static readonly AssemblerRegisterZMM _spread = zmm4;

    // The bits that are read first, and where those of a second plane lie.
    private int LowBits => packing.Bits >= 4 ? 4 : 2;

    private int SecondPlane => LowBits * PanelLayout.PanelBytes / 8;

    /// <summary>Loads what <see cref="Load"/> needs into registers 0 and 1; register 4 is scratch.</summary>
    public void LoadConstants()
    {
        if (packing.Bits < 8)
        {
            code.vpbroadcastd(_lowMask, __dword_ptr[constants.Bytes((byte)((1 << LowBits) - 1))]);
        }
        if (packing.Table is { } table)
        {
            code.vbroadcasti32x4(_highMask, __xmmword_ptr[constants.Vector(table)]);
        }
        else if (packing.Bits is 3 or 5 or 6)
        {
            var bits = (1 << packing.Bits) - (1 << LowBits);
            code.vpbroadcastd(_highMask, __dword_ptr[constants.Bytes((byte)bits)]);
        }
    }

    /// <summary>Loads vector 0 to 7 of the panel at <paramref name="panel"/>.</summary>
    public void Load(AssemblerRegisterZMM vector, AssemblerMemoryOperand panel, int index)
    {
        switch (packing.Bits)
        {
            case 8:
                code.vmovdqu64(vector, __zmmword_ptr[panel + index * VectorBytes]);
                return;
            case >= 4:
                Shift(vector, panel + index % 4 * VectorBytes, index < 4 ? 0 : -4);
                break;
            default:
                Shift(vector, panel + index / 4 * VectorBytes, -(index % 4 * 2));
                break;
        }
        code.vpandd(vector, vector, _lowMask);
        if (packing.Bits == 6)
        {
            Shift(_spread, panel + (SecondPlane + index / 4 * VectorBytes), 4 - index % 4 * 2);
            code.vpternlogd(vector, _spread, _highMask, OrAnd);
        }
        else if (packing.Bits is 3 or 5)
        {
            Shift(_spread, panel + SecondPlane, LowBits - index);
            code.vpternlogd(vector, _spread, _highMask, OrAnd);
        }
        if (packing.Table is not null)
        {
            code.vpshufb(vector, _highMask, vector);
        }
    }

    // Bits that cross into a neighbouring byte are masked away afterwards.
    private void Shift(AssemblerRegisterZMM vector, AssemblerMemoryOperand bytes, int left)
    {
        if (left == 0)
        {
            code.vmovdqu64(vector, __zmmword_ptr[bytes]);
        }
        else if (left > 0)
        {
            code.vpsllw(vector, __zmmword_ptr[bytes], (byte)left);
        }
        else
        {
            code.vpsrlw(vector, __zmmword_ptr[bytes], (byte)-left);
        }
    }
}
