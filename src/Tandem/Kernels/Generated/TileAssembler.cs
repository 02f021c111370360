using System.Diagnostics;
using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// The frame of a kernel for a tile of one or two groups of rows and one to six tokens: entry and exit, the registers, where
/// tokens lie, and storing the outputs. The outputs of a tile stay in registers, a group and token a register, from the
/// first column to the last.
/// </summary>
internal abstract class TileAssembler
{
    /// <summary>The most tokens of a tile: two groups of six need 24 of the 32 registers for outputs and products.</summary>
    public const int TokensMax = 6;

    /// <summary>The most groups of a tile, which share each number that is read of the activations.</summary>
    public const int GroupsMax = 2;

    private const int TokensABase = 3;
    private const int CacheLineBytes = 64;
    private static readonly AssemblerRegisterZMM[] _zmm =
    [
        .. Enumerable.Range(0, 32).Select(i => new AssemblerRegisterZMM(Register.ZMM0 + i)),
    ];
    private static readonly AssemblerRegisterXMM[] _windowsSaved =
    [
        .. Enumerable.Range(6, 10).Select(i => new AssemblerRegisterXMM(Register.XMM0 + i)),
    ];

    // Where the next tile's weights lie, group by group.
    private static readonly AssemblerRegister64[] _ahead = [r14, r15];

    private readonly CallingConvention _convention;

    protected TileAssembler(Assembler assembler, CallingConvention convention, int groups, int tokens)
    {
        Debug.Assert(groups is > 0 and <= GroupsMax && tokens is > 0 and <= TokensMax, "the registers suffice");
        (Code, _convention, Groups, Tokens) = (assembler, convention, groups, tokens);
    }

    /// <summary>Takes the instructions.</summary>
    protected Assembler Code { get; }

    /// <summary>Groups of the tile.</summary>
    protected int Groups { get; }

    /// <summary>Tokens of the tile.</summary>
    protected int Tokens { get; }

    /// <summary>The packed weights of the first group, and of the second.</summary>
    protected static AssemblerRegister64[] Weights { get; } = [rsi, rdi];

    /// <summary>How often the loop still runs.</summary>
    protected static AssemblerRegister64 Count => r13;

    /// <summary>A register for the loop within the loop.</summary>
    protected static AssemblerRegister64 Offset => r12;

    /// <summary>The sum of a group and token.</summary>
    protected AssemblerRegisterZMM Output(int group, int token) => _zmm[31 - (group * Tokens + token)];

    /// <summary>A second register of each group and token.</summary>
    protected AssemblerRegisterZMM Product(int group, int token) =>
        _zmm[31 - Groups * Tokens - (group * Tokens + token)];

    /// <summary>The registers beside those of the tile: 0 to 7.</summary>
    protected static AssemblerRegisterZMM Other(int index) => _zmm[index];

    /// <summary>Assembles the kernel; returns the label at its beginning.</summary>
    public Label Assemble()
    {
        var start = Code.CreateLabel();
        Code.Label(ref start);
        Enter();
        ForEachOutput((group, token) => Clear(Output(group, token)));
        AddProducts();
        StoreOutputs();
        Leave();
        return start;
    }

    /// <summary>Adds all columns' products to the outputs.</summary>
    protected abstract void AddProducts();

    /// <summary>Sets a register to zeros.</summary>
    protected void Clear(AssemblerRegisterZMM register) => Code.vpxord(register, register, register);

    /// <summary>Does something for each group and token of the tile.</summary>
    protected void ForEachOutput(Action<int, int> action)
    {
        for (var group = 0; group < Groups; group++)
        {
            for (var token = 0; token < Tokens; token++)
            {
                action(group, token);
            }
        }
    }

    /// <summary>Activations of a token; three tokens are a base and strides from it, six two bases.</summary>
    protected static AssemblerMemoryOperand Input(int token, int bytes) => Token(token, rax, rdx, rcx, 1) + bytes;

    /// <summary>Scales of a token.</summary>
    protected static AssemblerMemoryOperand Scale(int token, int bytes) => Token(token, r8, r9, r10, 1) + bytes;

    /// <summary>Sums of a token; there are twice as many as scales.</summary>
    protected static AssemblerMemoryOperand Sum(int token, int bytes) => Token(token, rbx, rbp, r10, 2) + bytes;

    /// <summary>Goes on by some bytes in each token's activations.</summary>
    protected void AdvanceInput(int bytes) => Advance(rax, rdx, bytes);

    /// <summary>Goes on by some bytes in each token's scales.</summary>
    protected void AdvanceScales(int bytes) => Advance(r8, r9, bytes);

    /// <summary>Goes on by some bytes in each token's sums.</summary>
    protected void AdvanceSums(int bytes) => Advance(rbx, rbp, bytes);

    /// <summary>Goes on by some bytes in each group's weights.</summary>
    protected void AdvanceWeights(int bytes)
    {
        for (var group = 0; group < Groups; group++)
        {
            Code.add(Weights[group], bytes);
            if (ReadsAhead)
            {
                Code.add(_ahead[group], bytes);
            }
        }
    }

    /// <summary>
    /// Asks for as much of the next tile's weights as is read of this one's: that long before they are needed they are there in
    /// time. Beyond the end this asks in vain, without harm.
    /// </summary>
    /// <param name="offset">From where on; a register counts the bytes that a loop has passed.</param>
    /// <param name="bytes">How many.</param>
    protected void ReadAhead(Func<AssemblerRegister64, AssemblerMemoryOperand> offset, int bytes)
    {
        for (var group = 0; ReadsAhead && group < Groups; group++)
        {
            for (var line = 0; line < bytes; line += CacheLineBytes)
            {
                Code.prefetcht1(__byte_ptr[offset(_ahead[group]) + line]);
            }
        }
    }

    // One token reads so fast that the processor's own reading ahead is better.
    private bool ReadsAhead => Tokens > 1;

    private static AssemblerMemoryOperand Token(
        int token,
        AssemblerRegister64 first,
        AssemblerRegister64 fourth,
        AssemblerRegister64 stride,
        int strides
    )
    {
        var from = token < TokensABase ? first : fourth;
        return (token % TokensABase) switch
        {
            0 => from + 0,
            1 => from + stride * strides,
            _ => from + stride * (2 * strides),
        };
    }

    private void Advance(AssemblerRegister64 first, AssemblerRegister64 fourth, int bytes)
    {
        Code.add(first, bytes);
        if (Tokens > TokensABase)
        {
            Code.add(fourth, bytes);
        }
    }

    private void Enter()
    {
        foreach (var register in Saved())
        {
            Code.push(register);
        }
        if (_convention == CallingConvention.Windows)
        {
            Code.sub(rsp, 16 * _windowsSaved.Length);
            for (var i = 0; i < _windowsSaved.Length; i++)
            {
                Code.vmovups(__xmmword_ptr[rsp + 16 * i], _windowsSaved[i]);
            }
        }
        Code.mov(r11, _convention == CallingConvention.Windows ? rcx : rdi);
        Load(Weights[0], nameof(KernelArguments.Group));
        Load(Weights[1], nameof(KernelArguments.GroupBytes));
        if (ReadsAhead)
        {
            Code.imul(_ahead[1], Weights[1], Groups);
            Code.lea(_ahead[0], __[Weights[0] + _ahead[1]]);
        }
        Code.add(Weights[1], Weights[0]);
        if (ReadsAhead)
        {
            Code.add(_ahead[1], Weights[1]);
        }
        Load(Count, nameof(KernelArguments.Count));
        Load(rax, nameof(KernelArguments.Input));
        Load(rcx, nameof(KernelArguments.InputStride));
        Load(r8, nameof(KernelArguments.Scales));
        Load(rbx, nameof(KernelArguments.Sums));
        Code.mov(r10, rcx);
        Code.shr(r10, 3);
        Code.lea(rdx, __[rcx + rcx * 2]);
        Code.add(rdx, rax);
        Code.lea(r9, __[r10 + r10 * 2]);
        Code.lea(rbp, __[rbx + r9 * 2]);
        Code.add(r9, r8);
    }

    private void Leave()
    {
        if (_convention == CallingConvention.Windows)
        {
            for (var i = 0; i < _windowsSaved.Length; i++)
            {
                Code.vmovups(_windowsSaved[i], __xmmword_ptr[rsp + 16 * i]);
            }
            Code.add(rsp, 16 * _windowsSaved.Length);
        }
        foreach (var register in Saved().Reverse())
        {
            Code.pop(register);
        }
        // .NET's own code mixes widths; the upper halves are cleared so that its narrow instructions wait for nothing.
        Code.vzeroupper();
        Code.ret();
    }

    private AssemblerRegister64[] Saved() =>
        _convention == CallingConvention.Windows
            ? [rbx, rbp, r12, r13, r14, r15, rsi, rdi]
            : [rbx, rbp, r12, r13, r14, r15];

    private void StoreOutputs()
    {
        Load(rax, nameof(KernelArguments.Output));
        Load(rcx, nameof(KernelArguments.OutputStride));
        for (var token = 0; token < Tokens; token++)
        {
            for (var group = 0; group < Groups; group++)
            {
                Code.vmovups(__zmmword_ptr[rax + group * PanelLayout.GroupRows * sizeof(float)], Output(group, token));
            }
            Code.add(rax, rcx);
        }
    }

    private void Load(AssemblerRegister64 register, string field) =>
        Code.mov(register, __qword_ptr[r11 + (int)Marshal.OffsetOf<KernelArguments>(field)]);
}
