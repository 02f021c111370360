using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>What <see cref="BFloat16Kernel"/> computes, bit for bit, by generated code; numbers that are none stay none here.</summary>
internal sealed unsafe class GeneratedBFloat16Kernel : BFloat16Kernel
{
    private readonly GeneratedCode _code;

    private GeneratedBFloat16Kernel(Format format, GeneratedCode code)
        : base(format) => _code = code;

    /// <summary>The kernel for BF16; null where the system refuses executable memory.</summary>
    public static GeneratedBFloat16Kernel? TryCreate(Format format)
    {
        var code = GeneratedCode.TryAssemble(
            InstructionSet.Avx512,
            new TileSizes(InstructionSet.Avx512, BFloat16TileAssembler.RegistersAnOutput),
            (target, size) => new BFloat16TileAssembler(target, size)
        );
        return code is null ? null : new GeneratedBFloat16Kernel(format, code);
    }

    /// <inheritdoc/>
    public override void Multiply(
        byte* group,
        int groups,
        int columns,
        in ActivationView x,
        int tokens,
        float* y,
        long yStride
    )
    {
        var arguments = new KernelArguments
        {
            Group = group,
            GroupBytes = GroupBytes(columns),
            Count = Steps(columns),
            Input = x.BFloats,
            InputStride = (long)x.Stride * sizeof(ushort),
            Output = y,
            OutputStride = yStride * sizeof(float),
        };
        _code.Run(arguments, groups, tokens);
    }
}
