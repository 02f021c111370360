using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using Tandem.Kernels.Generated;
using Tandem.Memory;
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

    /// <summary>Billions of multiply-adds a second of bfloat16 pairs, in registers alone.</summary>
    public static double BFloat16(Stopclock clock) => Rate(clock, 32, (code, sum) => code.vdpbf16ps(sum, zmm0, zmm1));

    /// <summary>Bytes that are read a nanosecond, of more memory than caches hold.</summary>
    public static double Read(Stopclock clock)
    {
        const long Bytes = 512 << 20;
        const int LoopBytes = 512;
        const int AheadBytes = 2048;
        // In large pages, as weights lie.
        using var arena = new Arena("the loop that reads", Bytes);
        var data = (byte*)arena.Allocate(Bytes);
        new Span<byte>(data, (int)Bytes).Fill(1);
        var kept = Vector512<byte>.Zero;
        var best = clock.BestOf(() =>
        {
            var sums = (Vector512<byte>.Zero, Vector512<byte>.Zero);
            for (var i = 0L; i < Bytes; i += LoopBytes)
            {
                for (var j = 0; j < LoopBytes; j += 128)
                {
                    Sse.Prefetch0(data + i + j + AheadBytes);
                    Sse.Prefetch0(data + i + j + AheadBytes + 64);
                    sums.Item1 ^= Vector512.Load(data + i + j);
                    sums.Item2 ^= Vector512.Load(data + i + j + 64);
                }
            }
            kept ^= sums.Item1 ^ sums.Item2;
        });
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
