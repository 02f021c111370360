using System.Numerics;
using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Writes the inner loop of a product of quantised weights for AVX-512 VNNI: for each panel of 16 rows and 32 columns,
/// every token's dot products in one register, a row a lane. It adds in the order of <see cref="IntegerKernel"/>, so both
/// give the same bits. System V calling convention.
/// </summary>
internal sealed class PanelAssembler
{
    private const int VectorBytes = 64;
    private const int PrefetchBytes = 2048;
    private const int Vectors = PanelLayout.PanelBytes / VectorBytes;

    private readonly Assembler _asm = new(64);
    private readonly PanelCode _code;
    private readonly PanelLayout _layout;
    private readonly PanelRegisters _r;
    private readonly bool _hasMins;
    private readonly bool _hasBias;
    private Label _table;

    private PanelAssembler(PanelCode code)
    {
        (_code, _layout, _r) = (code, code.Layout, new PanelRegisters(code));
        _hasMins = _layout.Packing.MinSign != 0;
        _hasBias = _layout.Packing.Bias != 0;
        _table = _asm.CreateLabel();
    }

    // Without sub-scales, or where columns are cut within blocks, a super-block is one panel.
    private bool HasInnerLoop => _code.IsPacked && _layout.SuperPanels > 1;

    private int VectorsAPart => Vectors / _layout.ScalesAPanel;

    /// <summary>The machine code of a kernel.</summary>
    public static byte[] Assemble(PanelCode code)
    {
        var assembler = new PanelAssembler(code);
        assembler.Write();
        using var stream = new MemoryStream();
        assembler._asm.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    private void Write()
    {
        AssemblerRegister64[] saved = [rbx, rbp, r12, r13, r14, r15];
        foreach (var register in saved)
        {
            _asm.push(register);
        }
        LoadConstants();
        LoadOutputs();
        LoadPointers();
        var loop = _asm.CreateLabel();
        _asm.Label(ref loop);
        if (HasInnerLoop)
        {
            WriteSuperBlock();
        }
        else
        {
            WritePanel();
        }
        _asm.dec(_r.CountLeft);
        _asm.jne(loop);
        StoreOutputs();
        _asm.vzeroupper();
        foreach (var register in saved.Reverse())
        {
            _asm.pop(register);
        }
        _asm.ret();
        if (_layout.Packing.Table is { } table)
        {
            _asm.Label(ref _table);
            _asm.db(table);
        }
    }

    private void LoadConstants()
    {
        if (!_code.IsPacked)
        {
            return;
        }
        Broadcast(_r.NibbleMask, 0x0F);
        Broadcast(_r.PlaneMask, PlaneMaskOf(_layout.Packing.Bits));
        if (_layout.Packing.Table is not null)
        {
            _asm.vbroadcasti32x4(_r.Table, __xmmword_ptr[_table]);
        }
    }

    // The bits that the second plane holds: above the nibbles, or above the pairs.
    private static byte PlaneMaskOf(int bits) =>
        bits switch
        {
            5 => 0x10,
            6 => 0x30,
            3 => 0x04,
            _ => 0x03,
        };

    private void Broadcast(AssemblerRegisterZMM register, byte value)
    {
        _asm.mov(eax, value * 0x01010101);
        _asm.vpbroadcastd(register, eax);
    }

    private static int OffsetOf(string field) => (int)Marshal.OffsetOf<PanelArguments>(field);

    private AssemblerMemoryOperand Argument(string field) => __qword_ptr[_r.Arguments + OffsetOf(field)];

    // Many tokens come in runs of panels, and go on from the sums of the run before.
    private void LoadOutputs()
    {
        ForOutputs(
            (output, memory) =>
            {
                if (_code.IsPacked)
                {
                    _asm.vpxord(output, output, output);
                }
                else
                {
                    _asm.vmovups(output, memory);
                }
            }
        );
    }

    private void StoreOutputs() => ForOutputs((output, memory) => _asm.vmovups(memory, output));

    private void ForOutputs(Action<AssemblerRegisterZMM, AssemblerMemoryOperand> action)
    {
        _asm.mov(rax, Argument(nameof(PanelArguments.Outputs)));
        _asm.mov(rbx, Argument(nameof(PanelArguments.OutputsStride)));
        for (var token = 0; token < _code.Tokens; token++)
        {
            action(_r.Output(token), __zmmword_ptr[rax]);
            _asm.add(rax, rbx);
        }
    }

    private void LoadPointers()
    {
        _asm.mov(_r.Weights, Argument(nameof(PanelArguments.Weights)));
        _asm.mov(_r.Scales, Argument(nameof(PanelArguments.Scales)));
        _asm.mov(_r.Mins, Argument(nameof(PanelArguments.Mins)));
        _asm.mov(_r.CountLeft, Argument(nameof(PanelArguments.Count)));
        _asm.mov(_r.Numbers[0], Argument(nameof(PanelArguments.Numbers)));
        _asm.mov(_r.NumbersStride, Argument(nameof(PanelArguments.NumbersStride)));
        _asm.lea(_r.NumbersStride3, __[_r.NumbersStride + _r.NumbersStride * 2]);
        _asm.lea(_r.Numbers[1], __[_r.Numbers[0] + _r.NumbersStride * 4]);
        _asm.mov(_r.Units[0], Argument(nameof(PanelArguments.Units)));
        // A float for each 32 bytes.
        _asm.mov(_r.UnitsStride, _r.NumbersStride);
        _asm.shr(_r.UnitsStride, 3);
        _asm.lea(_r.UnitsStride3, __[_r.UnitsStride + _r.UnitsStride * 2]);
        _asm.lea(_r.Units[1], __[_r.Units[0] + _r.UnitsStride * 4]);
        _asm.mov(_r.Offsets[0], Argument(nameof(PanelArguments.Offsets)));
        _asm.lea(_r.Offsets[1], __[_r.Offsets[0] + _r.UnitsStride * (4 * _layout.ScalesAPanel)]);
    }

    private void WriteSuperBlock()
    {
        _asm.vcvtph2ps(_r.SuperScale, __ymmword_ptr[_r.Weights]);
        if (_hasMins)
        {
            _asm.vcvtph2ps(_r.SuperMin, __ymmword_ptr[_r.Weights + PanelLayout.ScaleVectorBytes]);
        }
        _asm.add(_r.Weights, _layout.HeaderBytes);
        _asm.mov(_r.PanelsLeft, _layout.SuperPanels);
        var loop = _asm.CreateLabel();
        _asm.Label(ref loop);
        WritePanel();
        _asm.dec(_r.PanelsLeft);
        _asm.jne(loop);
    }

    private void WritePanel()
    {
        if (_code.IsPacked)
        {
            UnpackNumbers(HasInnerLoop ? 0 : _layout.HeaderBytes);
        }
        for (var part = 0; part < _layout.ScalesAPanel; part++)
        {
            LoadScales(part);
            WritePart(part);
        }
        var parts = _layout.ScalesAPanel;
        foreach (var numbers in _r.Numbers)
        {
            _asm.add(numbers, PanelLayout.PanelColumns);
        }
        for (var i = 0; i < 2; i++)
        {
            _asm.add(_r.Units[i], sizeof(float));
            _asm.add(_r.Offsets[i], parts * sizeof(int));
        }
        if (_code.IsPacked)
        {
            _asm.add(_r.Weights, HasInnerLoop ? _layout.PackedPanelBytes : _layout.SuperBytes);
            return;
        }
        _asm.add(_r.Weights, PanelLayout.PanelBytes);
        _asm.add(_r.Scales, parts * VectorBytes);
        if (_hasMins)
        {
            _asm.add(_r.Mins, parts * VectorBytes);
        }
    }

    private void WritePart(int part)
    {
        BeginSums(part);
        for (var i = 0; i < VectorsAPart; i++)
        {
            var vector = part * VectorsAPart + i;
            if (!_code.IsPacked)
            {
                _asm.vmovdqu32(_r.Panel(vector), __zmmword_ptr[_r.Weights + vector * VectorBytes]);
            }
            for (var token = 0; token < _code.Tokens; token++)
            {
                _asm.vpdpbusd(_r.Sum(token, i % _r.SumsAToken), _r.Panel(vector), _r.Number(token, vector * 4));
            }
        }
        for (var token = 0; token < _code.Tokens; token++)
        {
            AddSum(token, part);
        }
    }

    // The numbers are unsigned and their bias was not taken off: the sum begins with what that takes off the result.
    private void BeginSums(int part)
    {
        for (var token = 0; token < _code.Tokens; token++)
        {
            for (var i = 0; i < _r.SumsAToken; i++)
            {
                var sum = _r.Sum(token, i);
                if (i == 0 && _hasBias)
                {
                    var shift = BitOperations.Log2((uint)_layout.Packing.Bias);
                    _asm.vpslld(sum, _r.Offset(token, part), (byte)shift);
                }
                else
                {
                    _asm.vpxord(sum, sum, sum);
                }
            }
        }
    }

    private void AddSum(int token, int part)
    {
        var sum = _r.Sum(token, 0);
        for (var i = 1; i < _r.SumsAToken; i++)
        {
            _asm.vpaddd(sum, sum, _r.Sum(token, i));
        }
        _asm.vcvtdq2ps(sum, sum);
        _asm.vmulps(_r.Scratch, _r.Scale, _r.Unit(token));
        _asm.vfmadd231ps(_r.Output(token), sum, _r.Scratch);
        if (!_hasMins)
        {
            return;
        }
        // Offsets are sums with the other sign, and so are mins that are subtracted where they lie packed.
        _asm.vcvtdq2ps(_r.Scratch, _r.Offset(token, part));
        _asm.vmulps(_r.Scratch, _r.Scratch, _r.Unit(token));
        if (_code.IsPacked && !_layout.CutsBlocks && _layout.Packing.MinSign < 0)
        {
            _asm.vfmadd231ps(_r.Output(token), _r.Min, _r.Scratch);
        }
        else
        {
            _asm.vfnmadd231ps(_r.Output(token), _r.Min, _r.Scratch);
        }
    }

    private void LoadScales(int part)
    {
        if (!_code.IsPacked || _layout.CutsBlocks)
        {
            var (scales, mins) = _code.IsPacked ? (_r.Weights, _r.Weights) : (_r.Scales, _r.Mins);
            var firstMin = _code.IsPacked ? _layout.ScalesAPanel : 0;
            _asm.vmovups(_r.Scale, __zmmword_ptr[scales + part * VectorBytes]);
            if (_hasMins)
            {
                _asm.vmovups(_r.Min, __zmmword_ptr[mins + (firstMin + part) * VectorBytes]);
            }
        }
        else if (HasInnerLoop)
        {
            LoadSubScales(part);
        }
        else
        {
            _asm.vcvtph2ps(_r.Scale, __ymmword_ptr[_r.Weights]);
            if (_hasMins)
            {
                _asm.vcvtph2ps(_r.Min, __ymmword_ptr[_r.Weights + PanelLayout.ScaleVectorBytes]);
            }
        }
    }

    private void LoadSubScales(int part)
    {
        var rows = PanelLayout.GroupRows;
        var scales = _r.Weights + _layout.NumberBytes;
        if (_layout.Packing.SharesScaleByte)
        {
            _asm.vpmovzxbd(_r.Scale, __xmmword_ptr[scales + part * rows]);
            _asm.vpsrld(_r.Min, _r.Scale, 4);
            _asm.vpslld(_r.Scale, _r.Scale, 28);
            _asm.vpsrld(_r.Scale, _r.Scale, 28);
        }
        else
        {
            _asm.vpmovsxbd(_r.Scale, __xmmword_ptr[scales + part * rows]);
            if (_hasMins)
            {
                _asm.vpmovsxbd(_r.Min, __xmmword_ptr[scales + (_layout.ScalesAPanel + part) * rows]);
            }
        }
        _asm.vcvtdq2ps(_r.Scale, _r.Scale);
        _asm.vmulps(_r.Scale, _r.Scale, _r.SuperScale);
        if (_hasMins)
        {
            _asm.vcvtdq2ps(_r.Min, _r.Min);
            _asm.vmulps(_r.Min, _r.Min, _r.SuperMin);
        }
    }

    private void UnpackNumbers(int first)
    {
        var bits = _layout.Packing.Bits;
        if (bits == 8)
        {
            for (var vector = 0; vector < Vectors; vector++)
            {
                Load(_r.Panel(vector), first, vector);
            }
            return;
        }
        if (bits >= 4)
        {
            UnpackNibbles(first);
        }
        else
        {
            UnpackPairs(first);
        }
        if (bits is 3 or 5)
        {
            // One bit of every vector in one plane.
            AddPlane(first, planes: 1, bits == 5 ? 4 : 2, bits: 1);
        }
        if (bits == 6)
        {
            AddPlane(first, planes: 2, 4, bits: 2);
        }
        if (_layout.Packing.Table is not null)
        {
            for (var vector = 0; vector < Vectors; vector++)
            {
                _asm.vpshufb(_r.Panel(vector), _r.Table, _r.Panel(vector));
            }
        }
    }

    private void Load(AssemblerRegisterZMM register, int first, int vector)
    {
        _asm.vmovdqu32(register, __zmmword_ptr[_r.Weights + (first + vector * VectorBytes)]);
        if (_code.Tokens <= 2)
        {
            _asm.prefetcht0(__byte_ptr[_r.Weights + (first + vector * VectorBytes + PrefetchBytes)]);
        }
    }

    private void UnpackNibbles(int first)
    {
        for (var vector = 0; vector < Vectors / 2; vector++)
        {
            var (low, high) = (_r.Panel(vector), _r.Panel(vector + Vectors / 2));
            Load(low, first, vector);
            _asm.vpsrlw(high, low, 4);
            _asm.vpandd(low, low, _r.NibbleMask);
            _asm.vpandd(high, high, _r.NibbleMask);
        }
    }

    private void UnpackPairs(int first)
    {
        for (var plane = 0; plane < 2; plane++)
        {
            Load(_r.Plane(plane), first, plane);
        }
        // Three bits have their mask in use for the third.
        Broadcast(_r.Scratch);
        for (var vector = 0; vector < Vectors; vector++)
        {
            var panel = _r.Panel(vector);
            Shift(panel, _r.Plane(vector / 4), vector % 4 * 2);
            _asm.vpandd(panel, panel, _r.Scratch);
        }
    }

    // The low two bits of every byte, made without a register of the caller's.
    private void Broadcast(AssemblerRegisterZMM register)
    {
        _asm.vpsrlw(register, _r.NibbleMask, 2);
        _asm.vpandd(register, register, _r.NibbleMask);
    }

    // Bits that lie in planes of their own go above those that are there.
    private void AddPlane(int first, int planes, int above, int bits)
    {
        var offset = first + _layout.NumberBytes - planes * VectorBytes;
        for (var plane = 0; plane < planes; plane++)
        {
            Load(_r.Plane(plane), offset, plane);
        }
        var vectorsAPlane = Vectors / planes;
        const byte OrAnd = 0xF8; // a | (b & c)
        for (var vector = 0; vector < Vectors; vector++)
        {
            Shift(_r.Scratch, _r.Plane(vector / vectorsAPlane), vector % vectorsAPlane * bits - above);
            _asm.vpternlogd(_r.Panel(vector), _r.Scratch, _r.PlaneMask, OrAnd);
        }
    }

    // To the right, or where that is less than nothing to the left; bits that cross into the next byte are masked later.
    private void Shift(AssemblerRegisterZMM to, AssemblerRegisterZMM from, int right)
    {
        if (right > 0)
        {
            _asm.vpsrlw(to, from, (byte)right);
        }
        else if (right < 0)
        {
            _asm.vpsllw(to, from, (byte)-right);
        }
        else
        {
            _asm.vmovdqa32(to, from);
        }
    }
}
