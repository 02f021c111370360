using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>What <see cref="FloatKernel"/> computes, bit for bit, by generated code; numbers that are none stay none here.</summary>
internal sealed unsafe class Avx512FloatKernel : FloatKernel
{
    private readonly GeneratedCode _code;

    private Avx512FloatKernel(Format format, GeneratedCode code)
        : base(format) => _code = code;

    /// <summary>The kernel for a format; null where the system refuses executable memory.</summary>
    public static Avx512FloatKernel? TryCreate(Format format)
    {
        var code = GeneratedCode.TryAssemble(
            (code, _, convention, groups, tokens) => new FloatTileAssembler(code, format, convention, groups, tokens)
        );
        return code is null ? null : new Avx512FloatKernel(format, code);
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
