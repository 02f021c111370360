using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>What <see cref="FloatKernel"/> computes, bit for bit, by generated code; numbers that are none stay none here.</summary>
internal sealed unsafe class GeneratedFloatKernel : FloatKernel
{
    private readonly GeneratedCode _code;

    private GeneratedFloatKernel(Format format, GeneratedCode code)
        : base(format) => _code = code;

    /// <summary>The kernel for a format; null where the system refuses executable memory.</summary>
    public static GeneratedFloatKernel? TryCreate(InstructionSet set, Format format)
    {
        var code = GeneratedCode.TryAssemble(
            set,
            new TileSizes(set, FloatTileAssembler.RegistersAnOutput),
            (target, size) => new FloatTileAssembler(target, format, size)
        );
        return code is null ? null : new GeneratedFloatKernel(format, code);
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
            Count = Padded(columns) / 2,
            Input = x.Values,
            InputStride = (long)x.Stride * sizeof(float),
            Output = y,
            OutputStride = yStride * sizeof(float),
        };
        _code.Run(arguments, groups, tokens);
    }
}
