using Iced.Intel;
using Tandem.Kernels.Generated;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Tests.Kernels;

/// <summary>Calls generated functions as Windows does, on any other system.</summary>
internal sealed unsafe class WindowsBridge : IDisposable
{
    private static readonly AssemblerRegister64[] _kept = [rbx, rbp, rsi, rdi, r12, r13, r14, r15];
    private static readonly AssemblerRegisterXMM[] _keptVectors =
    [
        .. Enumerable.Range(6, 10).Select(i => new AssemblerRegisterXMM(Register.XMM0 + i)),
    ];

    private readonly ExecutableMemory _memory = ExecutableMemory.TryCreate(Assemble())!;

    /// <summary>Calls a function, and asserts that it leaves the registers of its caller as they were.</summary>
    public void Call(byte* function, void* arguments)
    {
        var registers = new long[_kept.Length + 2 * _keptVectors.Length];
        fixed (long* kept = registers)
        {
            ((delegate* unmanaged[Cdecl]<void*, byte*, long*, void>)_memory.Start)(arguments, function, kept);
        }
        Assert.Equal(Expected(), registers);
    }

    public void Dispose() => _memory.Dispose();

    private static long[] Expected() =>
        [
            .. Enumerable.Range(0, _kept.Length).Select(i => (long)i + 1),
            .. Enumerable.Range(0, 2 * _keptVectors.Length).Select(i => 100L + i / 2),
        ];

    // (arguments in rdi, function in rsi, where the kept registers go in rdx)
    private static byte[] Assemble()
    {
        var code = new Assembler(64);
        AssemblerRegister64[] own = [rbx, rbp, r12, r13, r14, r15, rdx];
        foreach (var register in own)
        {
            code.push(register);
        }
        code.sub(rsp, 32);
        code.mov(rax, rsi);
        code.mov(rcx, rdi);
        for (var i = 0; i < _keptVectors.Length; i++)
        {
            code.mov(r10, 100L + i);
            code.vmovq(_keptVectors[i], r10);
            code.vpbroadcastq(_keptVectors[i], _keptVectors[i]);
        }
        for (var i = 0; i < _kept.Length; i++)
        {
            code.mov(_kept[i], i + 1L);
        }
        code.call(rax);
        code.add(rsp, 32);
        code.pop(rax);
        for (var i = 0; i < _kept.Length; i++)
        {
            code.mov(__qword_ptr[rax + 8 * i], _kept[i]);
        }
        for (var i = 0; i < _keptVectors.Length; i++)
        {
            code.vmovups(__xmmword_ptr[rax + (8 * _kept.Length + 16 * i)], _keptVectors[i]);
        }
        foreach (var register in own.SkipLast(1).Reverse())
        {
            code.pop(register);
        }
        code.ret();
        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), rip: 0);
        return bytes.ToArray();
    }
}
