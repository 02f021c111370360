using Iced.Intel;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Kernels.Generated;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Tests.Kernels;

/// <summary>Kernels in their Windows form, called on any system through a bridge that calls as Windows does.</summary>
public sealed unsafe class WindowsCallTest
{
    private const int Columns = 512;

    private static readonly AssemblerRegister64[] _kept = [rbx, rbp, rsi, rdi, r12, r13, r14, r15];
    private static readonly AssemblerRegisterXMM[] _keptVectors =
    [
        .. Enumerable.Range(6, 10).Select(i => new AssemblerRegisterXMM(Register.XMM0 + i)),
    ];

    public static TheoryData<string> Sets => [.. TestSets.Names];

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_windows_form_gives_the_same_bits_and_leaves_the_registers_of_its_caller(string name)
    {
        var set = TestSets.Require(name);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the bridge is called as other systems call");
        var random = new Random(3);
        foreach (var format in new[] { "Q4_0", "Q6_K", "IQ4_XS" }.Select(FormatTable.ByName))
        {
            Check(set, format!, random);
        }
    }

    private static void Check(InstructionSet set, Format format, Random random)
    {
        var layout = new PanelLayout(format, cutsBlocks: false);
        var kernel = new KernelSet(KernelChoice.Portable, exactActivations: false).For(format, cutsBlocks: false);
        var sizeMax = TileSize.Max(set, IntegerTileAssembler.RegistersAnOutput(set, layout.Packing));
        var (code, offsets) = GeneratedCode.Assemble(
            set,
            sizeMax,
            (target, size) => IntegerTileAssembler.Create(target, layout, size),
            CallingConvention.Windows
        );
        using var windows = ExecutableMemory.TryCreate(code)!;
        using var bridge = ExecutableMemory.TryCreate(Bridge())!;
        using var weights = new RandomWeights(kernel, sizeMax.Groups, Columns, random);
        using var input = new TestInput(sizeMax.Tokens, Columns, random);
        for (var tokens = 1; tokens <= sizeMax.Tokens; tokens++)
        {
            var output = new float[tokens * sizeMax.Groups * 16];
            var registers = new long[_kept.Length + 2 * _keptVectors.Length];
            fixed (float* y = output)
            fixed (long* kept = registers)
            {
                var arguments = new KernelArguments
                {
                    Group = weights.Data,
                    GroupBytes = kernel.GroupBytes(Columns),
                    Count = Columns / format.BlockLength,
                    Input = input.View.Numbers,
                    InputStride = input.View.Stride,
                    Scales = input.View.Scales,
                    Sums = input.View.Sums,
                    Output = y,
                    OutputStride = sizeMax.Groups * 16 * sizeof(float),
                };
                var target = windows.Start + offsets[^(sizeMax.Tokens - tokens + 1)];
                ((delegate* unmanaged[Cdecl]<KernelArguments*, byte*, long*, void>)bridge.Start)(
                    &arguments,
                    target,
                    kept
                );
            }
            Assert.Equal(weights.Multiply(kernel, input.View, tokens), output);
            Assert.Equal(Expected(), registers);
        }
    }

    private static long[] Expected() =>
        [
            .. Enumerable.Range(0, _kept.Length).Select(i => (long)i + 1),
            .. Enumerable.Range(0, 2 * _keptVectors.Length).Select(i => 100L + i / 2),
        ];

    // (arguments in rdi, kernel in rsi, where the kept registers go in rdx)
    private static byte[] Bridge()
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
