using Iced.Intel;
using Tandem.Devices;
using Tandem.Kernels.Generated;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Bench.Measuring;

/// <summary>
/// What cores can multiply at most: the same instruction over and over, in registers alone, on each of some cores. NaN where the
/// processor has no such instruction.
/// </summary>
public sealed unsafe class RegisterCeilings(int threads, TimeProvider time)
{
    private const int Rounds = 500_000;
    private const int Registers = 24;
    private const int Repeats = 5;

    private readonly Stopclock _clock = new(time, Repeats);

    /// <summary>Billions of multiply-adds of bytes a second, of all cores together.</summary>
    public double Vnni() =>
        CpuFeatures.HasAvx512Vnni ? Rate(64, (code, sum) => code.vpdpbusd(sum, zmm0, zmm1)) : double.NaN;

    /// <summary>The same of BF16.</summary>
    public double Bf16() =>
        CpuFeatures.HasAvx512BFloat16 ? Rate(32, (code, sum) => code.vdpbf16ps(sum, zmm0, zmm1)) : double.NaN;

    /// <summary>The same of floats.</summary>
    public double Fma() =>
        CpuFeatures.HasAvx512Vnni ? Rate(16, (code, sum) => code.vfmadd231ps(sum, zmm0, zmm1)) : double.NaN;

    private double Rate(int products, Action<Assembler, AssemblerRegisterZMM> multiply)
    {
        using var memory = ExecutableMemory.TryCreate(Loop(multiply));
        if (memory is null)
        {
            return double.NaN;
        }
        var run = (delegate* unmanaged[Cdecl]<void>)memory.Start;
        var seconds = double.NaN;
        // A team keeps the thread that uses it on one core, and programs started from there would inherit that.
        var caller = new Thread(() =>
        {
            using var team = new Team(threads, CpuTopology.PhysicalCores(), time);
            seconds = _clock.BestOf(() => team.Run(_ => run()));
        });
        caller.Start();
        caller.Join();
        return (double)Rounds * Registers * products * threads / seconds / 1e9;
    }

    private static byte[] Loop(Action<Assembler, AssemblerRegisterZMM> multiply)
    {
        var code = new Assembler(64);
        var loop = code.CreateLabel();
        // Zeros, as what is left in registers may be numbers that take the processor longer.
        for (var i = 0; i < 32; i++)
        {
            var register = new AssemblerRegisterZMM(Register.ZMM0 + i);
            code.vpxord(register, register, register);
        }
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
        return bytes.ToArray();
    }
}
