using Iced.Intel;

namespace Tandem.Kernels.Generated;

/// <summary>Makes the assembler of one tile.</summary>
internal delegate TileAssembler TileFactory(
    Assembler code,
    ConstantPool constants,
    CallingConvention convention,
    int groups,
    int tokens
);

/// <summary>The kernels of one kind of weights, one for each size of tile, in executable memory.</summary>
internal sealed unsafe class GeneratedCode
{
    private const int OneStreamTokensMax = 2;

    private readonly ExecutableMemory _memory;
    private readonly int[] _offsets;

    private GeneratedCode(ExecutableMemory memory, int[] offsets) => (_memory, _offsets) = (memory, offsets);

    /// <summary>Assembles kernels for the system that this runs on; null where it refuses executable memory.</summary>
    public static GeneratedCode? TryAssemble(TileFactory factory)
    {
        var convention = OperatingSystem.IsWindows() ? CallingConvention.Windows : CallingConvention.SystemV;
        var (code, offsets) = Assemble(factory, convention);
        return ExecutableMemory.TryCreate(code) is { } memory ? new GeneratedCode(memory, offsets) : null;
    }

    /// <summary>The code, and where the kernel of each tile begins: [groups − 1, tokens − 1].</summary>
    public static (byte[] Code, int[] Offsets) Assemble(TileFactory factory, CallingConvention convention)
    {
        var assembler = new Assembler(64);
        var constants = new ConstantPool(assembler);
        var starts = new List<Label>();
        for (var groups = 1; groups <= TileAssembler.GroupsMax; groups++)
        {
            for (var tokens = 1; tokens <= TileAssembler.TokensMax; tokens++)
            {
                starts.Add(factory(assembler, constants, convention, groups, tokens).Assemble());
            }
        }
        constants.Write();
        using var bytes = new MemoryStream();
        // Everything is relative to itself, so it may lie anywhere.
        var result = assembler.Assemble(
            new StreamCodeWriter(bytes),
            rip: 0,
            BlockEncoderOptions.ReturnNewInstructionOffsets
        );
        return (bytes.ToArray(), [.. starts.Select(start => (int)result.GetLabelRIP(start))]);
    }

    /// <summary>
    /// Multiplies groups that lie one behind the other with some tokens. Each tile adds a row's products in the same order, so
    /// their sizes are a matter of speed alone.
    /// </summary>
    /// <param name="arguments">What a kernel is told, for the first group and token.</param>
    /// <param name="groups">Groups of rows.</param>
    /// <param name="tokens">Tokens.</param>
    public void Run(KernelArguments arguments, int groups, int tokens)
    {
        // Few tokens wait for memory alone, and one stream of it is what the processor reads ahead best.
        var together = tokens <= OneStreamTokensMax ? 1 : TileAssembler.GroupsMax;
        for (var group = 0; group < groups; group += together)
        {
            var tile = arguments;
            tile.Group += group * arguments.GroupBytes;
            tile.Output += group * PanelLayout.GroupRows;
            RunTokens(tile, Math.Min(together, groups - group), tokens);
        }
        GC.KeepAlive(_memory);
    }

    private void RunTokens(KernelArguments arguments, int groups, int tokens)
    {
        var tiles = (tokens + TileAssembler.TokensMax - 1) / TileAssembler.TokensMax;
        for (; tiles > 0; tiles--)
        {
            var count = (tokens + tiles - 1) / tiles;
            var offset = _offsets[(groups - 1) * TileAssembler.TokensMax + count - 1];
            ((delegate* unmanaged[Cdecl]<KernelArguments*, void>)(_memory.Start + offset))(&arguments);
            tokens -= count;
            arguments.Input = (byte*)arguments.Input + count * arguments.InputStride;
            arguments.Scales = (float*)((byte*)arguments.Scales + count * arguments.InputStride / 8);
            arguments.Sums = (int*)((byte*)arguments.Sums + count * arguments.InputStride / 4);
            arguments.Output = (float*)((byte*)arguments.Output + count * arguments.OutputStride);
        }
    }
}
