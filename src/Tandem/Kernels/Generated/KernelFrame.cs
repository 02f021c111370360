using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>Entry and exit of a generated function: the registers that its caller wants back, by either convention.</summary>
/// <param name="code">Takes the instructions.</param>
/// <param name="convention">How the function is called.</param>
/// <param name="used">Registers that it uses of those that are the caller's by either convention.</param>
internal sealed class KernelFrame(Assembler code, CallingConvention convention, AssemblerRegister64[] used)
{
    private static readonly AssemblerRegisterXMM[] _windowsSaved =
    [
        .. Enumerable.Range(6, 10).Select(i => new AssemblerRegisterXMM(Register.XMM0 + i)),
    ];

    private readonly AssemblerRegister64[] _saved =
        convention == CallingConvention.Windows ? [.. used, rsi, rdi] : used;

    /// <summary>Where the function's one argument is.</summary>
    public AssemblerRegister64 Argument => convention == CallingConvention.Windows ? rcx : rdi;

    /// <summary>Saves what is the caller's.</summary>
    public void Enter()
    {
        foreach (var register in _saved)
        {
            code.push(register);
        }
        if (convention == CallingConvention.Windows)
        {
            code.sub(rsp, 16 * _windowsSaved.Length);
            for (var i = 0; i < _windowsSaved.Length; i++)
            {
                code.vmovups(__xmmword_ptr[rsp + 16 * i], _windowsSaved[i]);
            }
        }
    }

    /// <summary>Gives it back, and returns.</summary>
    public void Leave()
    {
        if (convention == CallingConvention.Windows)
        {
            for (var i = 0; i < _windowsSaved.Length; i++)
            {
                code.vmovups(_windowsSaved[i], __xmmword_ptr[rsp + 16 * i]);
            }
            code.add(rsp, 16 * _windowsSaved.Length);
        }
        foreach (var register in _saved.Reverse())
        {
            code.pop(register);
        }
        // .NET's own code mixes widths; the upper halves are cleared so that its narrow instructions wait for nothing.
        code.vzeroupper();
        code.ret();
    }
}
