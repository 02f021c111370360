using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Vector instructions of either width, with registers by number. A vector has 16 rows at 512 bits and 8 at 256; memory operands
/// say where their first byte is, the instruction says how much is read.
/// </summary>
/// <param name="code">Takes the instructions.</param>
/// <param name="constants">Where constants go.</param>
/// <param name="set">The instructions that there are.</param>
internal sealed class VectorAssembler(Assembler code, ConstantPool constants, InstructionSet set)
{
    // The truth table of a | (b & c).
    private const byte OrAnd = 0xf8;

    private bool IsWide => set.IsWide;

    /// <summary>Zeros.</summary>
    public void Clear(int to)
    {
        if (IsWide)
        {
            code.vpxord(Z(to), Z(to), Z(to));
        }
        else
        {
            code.vpxor(Y(to), Y(to), Y(to));
        }
    }

    /// <summary>A register into another.</summary>
    public void Copy(int to, int from)
    {
        if (IsWide)
        {
            code.vmovdqa64(Z(to), Z(from));
        }
        else
        {
            code.vmovdqa(Y(to), Y(from));
        }
    }

    /// <summary>Bytes as they are.</summary>
    public void Load(int to, AssemblerMemoryOperand from)
    {
        if (IsWide)
        {
            code.vmovups(Z(to), __zmmword_ptr[from]);
        }
        else
        {
            code.vmovups(Y(to), __ymmword_ptr[from]);
        }
    }

    /// <summary>Bytes as they are, to memory.</summary>
    public void Store(AssemblerMemoryOperand to, int from)
    {
        if (IsWide)
        {
            code.vmovups(__zmmword_ptr[to], Z(from));
        }
        else
        {
            code.vmovups(__ymmword_ptr[to], Y(from));
        }
    }

    /// <summary>The same 32 bits in every lane.</summary>
    public void Broadcast(int to, AssemblerMemoryOperand from)
    {
        if (IsWide)
        {
            code.vpbroadcastd(Z(to), __dword_ptr[from]);
        }
        else
        {
            code.vpbroadcastd(Y(to), __dword_ptr[from]);
        }
    }

    /// <summary>The same 16 bytes in every 128 bits.</summary>
    public void BroadcastTable(int to, byte[] table)
    {
        var from = __xmmword_ptr[constants.Vector(table)];
        if (IsWide)
        {
            code.vbroadcasti32x4(Z(to), from);
        }
        else
        {
            code.vbroadcasti128(Y(to), from);
        }
    }

    /// <summary>16-bit lanes of memory shifted by some bits to the left, or to the right where that is negative.</summary>
    public void LoadShifted(int to, AssemblerMemoryOperand from, int left)
    {
        if (!IsWide || left == 0)
        {
            Load(to, from);
            ShiftShorts(to, left);
        }
        else if (left > 0)
        {
            code.vpsllw(Z(to), __zmmword_ptr[from], (byte)left);
        }
        else
        {
            code.vpsrlw(Z(to), __zmmword_ptr[from], (byte)-left);
        }
    }

    /// <summary>16-bit lanes shifted by some bits to the left, or to the right where that is negative.</summary>
    public void ShiftShorts(int to, int left)
    {
        var (isLeft, bits) = (left > 0, (byte)Math.Abs(left));
        switch (IsWide, isLeft)
        {
            case (true, true):
                code.vpsllw(Z(to), Z(to), bits);
                break;
            case (true, false) when bits > 0:
                code.vpsrlw(Z(to), Z(to), bits);
                break;
            case (false, true):
                code.vpsllw(Y(to), Y(to), bits);
                break;
            case (false, false) when bits > 0:
                code.vpsrlw(Y(to), Y(to), bits);
                break;
        }
    }

    /// <summary>32-bit lanes shifted to the left.</summary>
    public void ShiftLeft(int to, byte bits)
    {
        if (IsWide)
        {
            code.vpslld(Z(to), Z(to), bits);
        }
        else
        {
            code.vpslld(Y(to), Y(to), bits);
        }
    }

    /// <summary>32-bit lanes shifted to the right.</summary>
    public void ShiftRight(int to, byte bits)
    {
        if (IsWide)
        {
            code.vpsrld(Z(to), Z(to), bits);
        }
        else
        {
            code.vpsrld(Y(to), Y(to), bits);
        }
    }

    /// <summary>The bits that each 32-bit lane has in common with a mask.</summary>
    public void And(int to, int mask)
    {
        var label = constants.Number(mask);
        if (IsWide)
        {
            code.vpandd(Z(to), Z(to), __dword_bcst[label]);
        }
        else
        {
            code.vpand(Y(to), Y(to), __ymmword_ptr[label]);
        }
    }

    /// <summary>Adds to <paramref name="to"/> the bits that <paramref name="from"/>, which is overwritten, shares with a mask.</summary>
    public void OrMasked(int to, int from, int mask)
    {
        if (IsWide)
        {
            code.vpternlogd(Z(to), Z(from), __dword_bcst[constants.Number(mask)], OrAnd);
            return;
        }
        And(from, mask);
        code.vpor(Y(to), Y(to), Y(from));
    }

    /// <summary>Bytes looked up in a table of 16.</summary>
    public void LookUp(int to, int table)
    {
        if (IsWide)
        {
            code.vpshufb(Z(to), Z(table), Z(to));
        }
        else
        {
            code.vpshufb(Y(to), Y(table), Y(to));
        }
    }

    /// <summary>Sums of 32-bit integers.</summary>
    public void Add(int to, int other)
    {
        if (IsWide)
        {
            code.vpaddd(Z(to), Z(to), Z(other));
        }
        else
        {
            code.vpaddd(Y(to), Y(to), Y(other));
        }
    }

    /// <summary>Adds a 32-bit integer of memory to every lane; <paramref name="scratch"/> is overwritten.</summary>
    public void AddBroadcast(int to, AssemblerMemoryOperand from, int scratch)
    {
        if (IsWide)
        {
            code.vpaddd(Z(to), Z(to), __dword_bcst[from]);
            return;
        }
        Broadcast(scratch, from);
        Add(to, scratch);
    }

    /// <summary>Sums of 16-bit integers, at 256 bits.</summary>
    public void AddShorts(int to, int other) => code.vpaddw(Y(to), Y(to), Y(other));

    /// <summary>32-bit integers times a number.</summary>
    public void Multiply(int to, int number)
    {
        var label = constants.Number(number);
        if (IsWide)
        {
            code.vpmulld(Z(to), Z(to), __dword_bcst[label]);
        }
        else
        {
            code.vpmulld(Y(to), Y(to), __ymmword_ptr[label]);
        }
    }

    /// <summary>Adds to each 32-bit lane the four products of its bytes, unsigned ones and signed ones.</summary>
    public void Dot(int sum, int unsigned, int signed)
    {
        if (IsWide)
        {
            code.vpdpbusd(Z(sum), Z(unsigned), Z(signed));
            return;
        }
        var prefersVex = code.PreferVex;
        code.PreferVex = !set.DotIsEvex;
        code.vpdpbusd(Y(sum), Y(unsigned), Y(signed));
        code.PreferVex = prefersVex;
    }

    /// <summary>The same with four signed bytes of memory for all lanes, at 512 bits.</summary>
    public void DotBroadcast(int sum, int unsigned, AssemblerMemoryOperand signed) =>
        code.vpdpbusd(Z(sum), Z(unsigned), __dword_bcst[signed]);

    /// <summary>16-bit sums of two products each, of unsigned bytes and signed ones; beyond 16 bits they saturate; at 256 bits.</summary>
    public void PairProducts(int to, int unsigned, int signed) => code.vpmaddubsw(Y(to), Y(unsigned), Y(signed));

    /// <summary>32-bit sums of two neighbouring 16-bit integers, times a number, at 256 bits.</summary>
    public void AddPairs(int to, int from, short factor)
    {
        var factors = __ymmword_ptr[constants.Number((ushort)factor | (factor << 16))];
        code.vpmaddwd(Y(to), Y(from), factors);
    }

    /// <summary>Floats from 32-bit integers.</summary>
    public void ToFloat(int to)
    {
        if (IsWide)
        {
            code.vcvtdq2ps(Z(to), Z(to));
        }
        else
        {
            code.vcvtdq2ps(Y(to), Y(to));
        }
    }

    /// <summary>Floats from half-precision numbers.</summary>
    public void FromHalf(int to, AssemblerMemoryOperand from)
    {
        if (IsWide)
        {
            code.vcvtph2ps(Z(to), __ymmword_ptr[from]);
        }
        else
        {
            code.vcvtph2ps(Y(to), __xmmword_ptr[from]);
        }
    }

    /// <summary>The float of a half-precision number in every lane; a register below 16.</summary>
    public void BroadcastHalf(int to, AssemblerMemoryOperand from)
    {
        if (IsWide)
        {
            code.vpbroadcastw(Y(to), __word_ptr[from]);
            code.vcvtph2ps(Z(to), Y(to));
        }
        else
        {
            var low = new AssemblerRegisterXMM(Register.XMM0 + to);
            code.vpbroadcastw(low, __word_ptr[from]);
            code.vcvtph2ps(Y(to), low);
        }
    }

    /// <summary>32-bit lanes from unsigned 16-bit ones.</summary>
    public void WidenShorts(int to, AssemblerMemoryOperand from)
    {
        if (IsWide)
        {
            code.vpmovzxwd(Z(to), __ymmword_ptr[from]);
        }
        else
        {
            code.vpmovzxwd(Y(to), __xmmword_ptr[from]);
        }
    }

    /// <summary>32-bit lanes from unsigned bytes.</summary>
    public void WidenBytes(int to, AssemblerMemoryOperand from)
    {
        if (IsWide)
        {
            code.vpmovzxbd(Z(to), __xmmword_ptr[from]);
        }
        else
        {
            code.vpmovzxbd(Y(to), __qword_ptr[from]);
        }
    }

    /// <summary>32-bit lanes from signed bytes.</summary>
    public void WidenSignedBytes(int to, AssemblerMemoryOperand from)
    {
        if (IsWide)
        {
            code.vpmovsxbd(Z(to), __xmmword_ptr[from]);
        }
        else
        {
            code.vpmovsxbd(Y(to), __qword_ptr[from]);
        }
    }

    /// <summary>Sums of floats.</summary>
    public void AddFloats(int to, int other)
    {
        if (IsWide)
        {
            code.vaddps(Z(to), Z(to), Z(other));
        }
        else
        {
            code.vaddps(Y(to), Y(to), Y(other));
        }
    }

    /// <summary>Products of floats.</summary>
    public void MultiplyFloats(int to, int a, int b)
    {
        if (IsWide)
        {
            code.vmulps(Z(to), Z(a), Z(b));
        }
        else
        {
            code.vmulps(Y(to), Y(a), Y(b));
        }
    }

    /// <summary>Adds products of floats, fused.</summary>
    public void AddProducts(int sum, int a, int b)
    {
        if (IsWide)
        {
            code.vfmadd231ps(Z(sum), Z(a), Z(b));
        }
        else
        {
            code.vfmadd231ps(Y(sum), Y(a), Y(b));
        }
    }

    /// <summary>The same with one float of memory for all lanes, at 512 bits.</summary>
    public void AddProductsBroadcast(int sum, int a, AssemblerMemoryOperand b) =>
        code.vfmadd231ps(Z(sum), Z(a), __dword_bcst[b]);

    /// <summary>Subtracts products of floats, fused.</summary>
    public void SubtractProducts(int sum, int a, int b)
    {
        if (IsWide)
        {
            code.vfnmadd231ps(Z(sum), Z(a), Z(b));
        }
        else
        {
            code.vfnmadd231ps(Y(sum), Y(a), Y(b));
        }
    }

    /// <summary>Adds two products of bfloat16 numbers to each lane, at 512 bits.</summary>
    public void AddPairProducts(int sum, int a, int b) => code.vdpbf16ps(Z(sum), Z(a), Z(b));

    /// <summary>The same with one pair of memory for all lanes.</summary>
    public void AddPairProductsBroadcast(int sum, int a, AssemblerMemoryOperand b) =>
        code.vdpbf16ps(Z(sum), Z(a), __dword_bcst[b]);

    private static AssemblerRegisterZMM Z(int index) => new(Register.ZMM0 + index);

    private static AssemblerRegisterYMM Y(int index) => new(Register.YMM0 + index);
}
