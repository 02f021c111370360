using Iced.Intel;
using Tandem.Devices;
using Tandem.Kernels.Generated;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Bench.Measuring;

/// <summary>
/// What cores can multiply at most: the same instructions over and over, in registers alone, on each of some cores. NaN where the
/// processor has none such.
/// </summary>
public sealed unsafe class RegisterCeilings(int threads, TimeProvider time)
{
    private const int Rounds = 500_000;
    private const int Repeats = 5;

    private readonly Stopclock _clock = new(time, Repeats);

    /// <summary>What multiplies bytes: VNNI, or pairs of them by AVX2.</summary>
    public static string BytesBy => CpuFeatures.HasAvx512Vnni ? "VNNI" : "AVX2";

    /// <summary>What multiplies BF16: instructions of that name, or those for floats.</summary>
    public static string Bf16By => CpuFeatures.HasAvx512BFloat16 ? "BF16" : FloatsBy;

    /// <summary>What multiplies floats.</summary>
    public static string FloatsBy => "FMA";

    /// <summary>Billions of multiply-adds of bytes a second, of all cores together.</summary>
    public double Bytes() =>
        CpuFeatures.HasAvx512Vnni ? Rate(64, Wide, (code, sum) => code.vpdpbusd(Z(sum), zmm0, zmm1))
        : CpuFeatures.HasAvx2 ? Rate(32, Narrow, AddPairs)
        : double.NaN;

    /// <summary>The same of BF16.</summary>
    public double Bf16() =>
        CpuFeatures.HasAvx512BFloat16 ? Rate(32, Wide, (code, sum) => code.vdpbf16ps(Z(sum), zmm0, zmm1)) : Floats();

    /// <summary>The same of floats.</summary>
    public double Floats() =>
        CpuFeatures.HasAvx512Vnni ? Rate(16, Wide, (code, sum) => code.vfmadd231ps(Z(sum), zmm0, zmm1))
        : CpuFeatures.HasAvx2 ? Rate(8, Narrow, (code, sum) => code.vfmadd231ps(Y(sum), ymm0, ymm1))
        : double.NaN;

    // The registers of sums; those before them are what is multiplied, and room for a product.
    private static Range Wide => 8..32;

    private static Range Narrow => 4..16;

    // Sums of two products in 16 bits, and those added: the least that bytes take without VNNI.
    private static void AddPairs(Assembler code, int sum)
    {
        code.vpmaddubsw(ymm2, ymm0, ymm1);
        code.vpaddw(Y(sum), Y(sum), ymm2);
    }

    private double Rate(int products, Range sums, Action<Assembler, int> multiply)
    {
        using var memory = ExecutableMemory.TryCreate(Loop(sums, multiply));
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
        return (double)Rounds * (sums.End.Value - sums.Start.Value) * products * threads / seconds / 1e9;
    }

    private static byte[] Loop(Range sums, Action<Assembler, int> multiply)
    {
        var code = new Assembler(64);
        var loop = code.CreateLabel();
        // Zeros, as what is left in registers may be numbers that take the processor longer.
        code.vzeroall();
        for (var i = 16; i < sums.End.Value; i++)
        {
            code.vpxord(Z(i), Z(i), Z(i));
        }
        code.mov(eax, Rounds);
        code.Label(ref loop);
        for (var i = sums.Start.Value; i < sums.End.Value; i++)
        {
            multiply(code, i);
        }
        code.dec(eax);
        code.jnz(loop);
        code.vzeroupper();
        code.ret();
        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), 0);
        return bytes.ToArray();
    }

    private static AssemblerRegisterZMM Z(int index) => new(Register.ZMM0 + index);

    private static AssemblerRegisterYMM Y(int index) => new(Register.YMM0 + index);
}
