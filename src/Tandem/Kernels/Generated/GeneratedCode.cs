using Iced.Intel;

namespace Tandem.Kernels.Generated;

/// <summary>Makes the assembler of one tile.</summary>
internal delegate TileAssembler TileFactory(TileTarget target, TileSize size);

/// <summary>The kernels of one kind of weights, one for each size of tile, in executable memory.</summary>
internal sealed unsafe class GeneratedCode
{
    private readonly ExecutableMemory _memory;
    private readonly TileSizes _sizes;
    private readonly int[] _offsets;

    private GeneratedCode(ExecutableMemory memory, TileSizes sizes, int[] offsets) =>
        (_memory, _sizes, _offsets) = (memory, sizes, offsets);

    /// <summary>How functions are called on this system.</summary>
    public static CallingConvention OwnConvention =>
        OperatingSystem.IsWindows() ? CallingConvention.Windows : CallingConvention.SystemV;

    /// <summary>Assembles kernels for the system that this runs on; null where it refuses executable memory.</summary>
    /// <param name="set">What they are made of.</param>
    /// <param name="sizes">The tiles.</param>
    /// <param name="factory">Makes the assembler of each.</param>
    public static GeneratedCode? TryAssemble(InstructionSet set, TileSizes sizes, TileFactory factory)
    {
        var (code, offsets) = Assemble(set, sizes, factory, OwnConvention);
        return ExecutableMemory.TryCreate(code) is { } memory ? new GeneratedCode(memory, sizes, offsets) : null;
    }

    /// <summary>The code, and where the kernel of each tile begins: [groups − 1, tokens − 1].</summary>
    public static (byte[] Code, int[] Offsets) Assemble(
        InstructionSet set,
        TileSizes sizes,
        TileFactory factory,
        CallingConvention convention
    )
    {
        var groups = Enumerable.Range(1, sizes.GroupsMax);
        var tokens = Enumerable.Range(1, sizes.TokensMax);
        return Assemble(
            set,
            convention,
            target =>
                [
                    .. groups.SelectMany(group =>
                        tokens.Select(token => factory(target, sizes.Of(group, token)).Assemble())
                    ),
                ]
        );
    }

    /// <summary>The code of some functions, and where they begin.</summary>
    /// <param name="set">What they are made of.</param>
    /// <param name="convention">How they are called.</param>
    /// <param name="functions">Assembles them; the labels at their beginnings.</param>
    public static (byte[] Code, int[] Offsets) Assemble(
        InstructionSet set,
        CallingConvention convention,
        Func<TileTarget, IReadOnlyList<Label>> functions
    )
    {
        var assembler = new Assembler(64);
        var target = new TileTarget(assembler, new ConstantPool(assembler), set, convention);
        var starts = functions(target);
        target.Constants.Write();
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
        var together = tokens <= MatrixKernel.OneStreamTokensMax ? 1 : _sizes.GroupsMax;
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
        var tiles = (tokens + _sizes.TokensMax - 1) / _sizes.TokensMax;
        for (; tiles > 0; tiles--)
        {
            var count = (tokens + tiles - 1) / tiles;
            var offset = _offsets[(groups - 1) * _sizes.TokensMax + count - 1];
            ((delegate* unmanaged[Cdecl]<KernelArguments*, void>)(_memory.Start + offset))(&arguments);
            tokens -= count;
            arguments.Input = (byte*)arguments.Input + count * arguments.InputStride;
            arguments.Scales = (float*)((byte*)arguments.Scales + count * arguments.InputStride / 8);
            arguments.Sums = (int*)((byte*)arguments.Sums + count * arguments.InputStride / 4);
            arguments.Output = (float*)((byte*)arguments.Output + count * arguments.OutputStride);
        }
    }
}
