using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Tandem.Kernels.Generated;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Bench.Kernels;

/// <summary>What a core can do at most: multiply in registers, and read memory.</summary>
internal static unsafe class Ceilings
{
    private const int Rounds = 2_000_000;
    private const int Registers = 24;

    /// <summary>Billions of multiply-adds a second of bytes, in registers alone.</summary>
    public static double Vnni(Stopclock clock) => Rate(clock, 64, (code, sum) => code.vpdpbusd(sum, zmm0, zmm1));

    /// <summary>Billions of multiply-adds a second of floats, in registers alone.</summary>
    public static double Fma(Stopclock clock) => Rate(clock, 16, (code, sum) => code.vfmadd231ps(sum, zmm0, zmm1));

    /// <summary>Bytes that are read a nanosecond, of more memory than caches hold.</summary>
    public static double Read(Stopclock clock)
    {
        const long Bytes = 512 << 20;
        const int Streams = 8;
        var data = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
        new Span<byte>(data, (int)Bytes).Fill(1);
        var kept = Vector512<byte>.Zero;
        var best = clock.BestOf(() =>
        {
            var sums = (Vector512<byte>.Zero, Vector512<byte>.Zero);
            for (var i = 0L; i < Bytes; i += Streams * 64)
            {
                System.Runtime.Intrinsics.X86.Sse.Prefetch0(data + Math.Min(i + 4096, Bytes - 1));
                for (var j = 0; j < Streams * 64; j += 128)
                {
                    sums.Item1 ^= Vector512.Load(data + i + j);
                    sums.Item2 ^= Vector512.Load(data + i + j + 64);
                }
            }
            kept ^= sums.Item1 ^ sums.Item2;
        });
        NativeMemory.AlignedFree(data);
        return kept == Vector512<byte>.AllBitsSet ? 0 : Bytes / best / 1e9;
    }

    private static double Rate(Stopclock clock, int products, Action<Assembler, AssemblerRegisterZMM> multiply)
    {
        var code = new Assembler(64);
        var loop = code.CreateLabel();
        code.mov(eax, Rounds);
        code.Label(ref loop);
        for (var i = 0; i < Registers; i++)
        {
            multiply(code, new AssemblerRegisterZMM(Register.ZMM8 + i));
        }
        code.dec(eax);
        code.jnz(loop);
        code.vzeroupper();
        code.ret();
        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), 0);
        using var memory = ExecutableMemory.TryCreate(bytes.ToArray())!;
        var run = (delegate* unmanaged[Cdecl]<void>)memory.Start;
        return (double)Rounds * Registers * products / clock.BestOf(() => run()) / 1e9;
    }
}
