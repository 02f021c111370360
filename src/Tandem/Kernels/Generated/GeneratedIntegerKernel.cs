using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>
/// What <see cref="IntegerKernel"/> computes, bit for bit, by generated code. Scales that are no numbers, which no sound file
/// holds, give no numbers here.
/// </summary>
internal sealed unsafe class GeneratedIntegerKernel : QuantisedKernel
{
    private readonly GeneratedCode _code;

    private GeneratedIntegerKernel(PanelLayout layout, Format format, GeneratedCode code)
        : base(format, layout) => _code = code;

    /// <inheritdoc/>
    public override ActivationFormats Input => ActivationFormats.Int8;

    /// <summary>The kernel for a format; null where the system refuses executable memory.</summary>
    public static GeneratedIntegerKernel? TryCreate(InstructionSet set, Format format, bool cutsBlocks)
    {
        var layout = new PanelLayout(format, cutsBlocks);
        var code = GeneratedCode.TryAssemble(
            set,
            IntegerTileAssembler.Sizes(set, layout.Packing),
            (target, size) => IntegerTileAssembler.Create(target, layout, size)
        );
        return code is null ? null : new GeneratedIntegerKernel(layout, format, code);
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
            Count = PanelLayout.Panels(columns) / Layout.SuperPanels,
            Input = x.Numbers,
            InputStride = x.Stride,
            Scales = x.Scales,
            Sums = x.Sums,
            Output = y,
            OutputStride = yStride * sizeof(float),
        };
        _code.Run(arguments, groups, tokens);
    }
}
