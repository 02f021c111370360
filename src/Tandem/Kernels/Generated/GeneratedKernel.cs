using System.Numerics;
using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Quantised weights with 8-bit activations by machine code that is written when the program starts. It gives the bits of
/// <see cref="IntegerKernel"/>.
/// </summary>
internal sealed unsafe class GeneratedKernel : QuantisedKernel
{
    // So many tokens are worth unpacking a group for; fewer unpack it in registers on the way.
    private const int UnpackTokensMin = 9;

    private static readonly int[] s_tokens = [1, 2, 4, 8];

    private readonly ExecutableMemory[] _packed;
    private readonly ExecutableMemory[] _unpacked;

    /// <summary>A kernel for a format, where generated kernels are supported.</summary>
    /// <param name="format">The format.</param>
    /// <param name="cutsBlocks">Whether columns are cut within the format's blocks.</param>
    public GeneratedKernel(Format format, bool cutsBlocks)
        : base(format, cutsBlocks)
    {
        ExecutableMemory Make(int tokens, bool isPacked) =>
            ExecutableMemory.TryCreate(PanelAssembler.Assemble(new PanelCode(Layout, tokens, isPacked)))
            ?? throw new InvalidOperationException("the system gave no more memory for code");
        _packed = [.. s_tokens.Select(tokens => Make(tokens, isPacked: true))];
        _unpacked = [.. s_tokens.Select(tokens => Make(tokens, isPacked: false))];
    }

    /// <summary>Whether the CPU has the instructions, and the system lets a program make its own code.</summary>
    public static bool IsSupported { get; } = CpuFeatures.HasAvx512Vnni && MayMakeCode();

    public override ActivationFormats Input => ActivationFormats.Int8;

    protected override int TileTokens => 64;

    public override void Multiply(byte* group, int columns, in ActivationView x, int tokens, float* y, long yStride)
    {
        if (tokens >= UnpackTokensMin)
        {
            base.Multiply(group, columns, x, tokens, y, yStride);
            return;
        }
        var arguments = new PanelArguments
        {
            Weights = group,
            Count = PanelLayout.Panels(columns) / Layout.SuperPanels,
        };
        Run(_packed, ref arguments, x, 0, tokens, y, yStride);
    }

    protected override void AddRun(
        in PanelRun run,
        int panel,
        int panels,
        in ActivationView x,
        int tokens,
        float* y,
        long yStride
    )
    {
        var arguments = new PanelArguments
        {
            Weights = run.Numbers,
            Scales = run.Scales,
            Mins = run.Mins,
            Count = panels,
        };
        Run(_unpacked, ref arguments, x, panel, tokens, y, yStride);
    }

    // As many tokens at a time as there is code for.
    private void Run(
        ExecutableMemory[] code,
        ref PanelArguments arguments,
        in ActivationView x,
        int panel,
        int tokens,
        float* y,
        long yStride
    )
    {
        arguments.NumbersStride = x.Stride;
        arguments.OutputsStride = yStride * sizeof(float);
        for (var token = 0; token < tokens; )
        {
            var index = Math.Min(code.Length - 1, BitOperations.Log2((uint)(tokens - token)));
            var rows = x.From(token);
            arguments.Numbers = rows.Numbers + (long)panel * PanelLayout.PanelColumns;
            arguments.Units = rows.Scales + panel;
            arguments.Offsets = Layout.ScalesAPanel == 1 ? rows.Offsets + panel : rows.HalfOffsets + (long)panel * 2;
            arguments.Outputs = y + token * yStride;
            fixed (PanelArguments* pointer = &arguments)
            {
                ((delegate* unmanaged[Cdecl]<PanelArguments*, void>)code[index].Address)(pointer);
            }
            token += s_tokens[index];
        }
        GC.KeepAlive(this);
    }

    private static bool MayMakeCode()
    {
        const byte Return = 0xC3;
        using var memory = ExecutableMemory.TryCreate([Return]);
        return memory is not null;
    }
}
