using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>Where a generated kernel keeps what. The token's rows of activations are reached from two bases, four rows each.</summary>
/// <param name="code">The kernel.</param>
internal sealed class PanelRegisters(PanelCode code)
{
    private readonly AssemblerRegisterZMM[] _all =
    [
        zmm0,
        zmm1,
        zmm2,
        zmm3,
        zmm4,
        zmm5,
        zmm6,
        zmm7,
        zmm8,
        zmm9,
        zmm10,
        zmm11,
        zmm12,
        zmm13,
        zmm14,
        zmm15,
        zmm16,
        zmm17,
        zmm18,
        zmm19,
        zmm20,
        zmm21,
        zmm22,
        zmm23,
    ];

    /// <summary>The arguments.</summary>
    public AssemblerRegister64 Arguments { get; } = rdi;

    public AssemblerRegister64 Weights { get; } = rsi;

    public AssemblerRegister64 Scales { get; } = rdx;

    public AssemblerRegister64 Mins { get; } = rcx;

    /// <summary>Panels of a super-block that are left: where they are packed, nobody needs <see cref="Mins"/>.</summary>
    public AssemblerRegister64 PanelsLeft { get; } = rcx;

    public AssemblerRegister64 CountLeft { get; } = rbp;

    /// <summary>Integers of tokens 0 and 4.</summary>
    public AssemblerRegister64[] Numbers { get; } = [r8, r9];

    public AssemblerRegister64 NumbersStride { get; } = r10;

    public AssemblerRegister64 NumbersStride3 { get; } = r11;

    /// <summary>Units of tokens 0 and 4.</summary>
    public AssemblerRegister64[] Units { get; } = [r12, r13];

    public AssemblerRegister64 UnitsStride { get; } = r14;

    public AssemblerRegister64 UnitsStride3 { get; } = r15;

    /// <summary>Offsets of tokens 0 and 4.</summary>
    public AssemblerRegister64[] Offsets { get; } = [rax, rbx];

    public AssemblerRegisterZMM Scale { get; } = zmm24;

    public AssemblerRegisterZMM Min { get; } = zmm25;

    public AssemblerRegisterZMM SuperScale { get; } = zmm26;

    public AssemblerRegisterZMM SuperMin { get; } = zmm27;

    /// <summary>The low four bits of every byte.</summary>
    public AssemblerRegisterZMM NibbleMask { get; } = zmm28;

    /// <summary>The bits of every byte that the high plane fills.</summary>
    public AssemblerRegisterZMM PlaneMask { get; } = zmm29;

    public AssemblerRegisterZMM Table { get; } = zmm30;

    public AssemblerRegisterZMM Scratch { get; } = zmm31;

    /// <summary>Integer sums of a token; few tokens have several, for one alone would wait for itself.</summary>
    public int SumsAToken => code.Tokens >= 4 ? 1 : 4 / code.Tokens;

    /// <summary>One of the integer sums of a token. Before they are begun, the planes of packed panels lie there.</summary>
    public AssemblerRegisterZMM Sum(int token, int index) => _all[token * SumsAToken + index];

    public AssemblerRegisterZMM Plane(int index) => _all[index];

    public AssemblerRegisterZMM Output(int token) => _all[8 + token];

    /// <summary>Four columns of sixteen rows.</summary>
    public AssemblerRegisterZMM Panel(int vector) => _all[16 + vector];

    /// <summary>Four integers of a token, for all rows.</summary>
    public AssemblerMemoryOperand Number(int token, int column) =>
        __dword_bcst[At(Numbers[token / 4], NumbersStride, NumbersStride3, token % 4, 1) + column];

    /// <summary>What a token's integers are worth, for all rows.</summary>
    public AssemblerMemoryOperand Unit(int token) =>
        __dword_bcst[At(Units[token / 4], UnitsStride, UnitsStride3, token % 4, 1)];

    /// <summary>Minus a token's sum of integers of a part of the panel, for all rows.</summary>
    public AssemblerMemoryOperand Offset(int token, int part) =>
        __dword_bcst[
            At(Offsets[token / 4], UnitsStride, UnitsStride3, token % 4, code.Layout.ScalesAPanel) + part * sizeof(int)
        ];

    private static AssemblerMemoryOperand At(
        AssemblerRegister64 first,
        AssemblerRegister64 stride,
        AssemblerRegister64 stride3,
        int row,
        int scale
    ) =>
        row switch
        {
            0 => first + 0,
            1 => first + stride * scale,
            2 => first + stride * (2 * scale),
            _ => first + stride3 * scale,
        };
}
