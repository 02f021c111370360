namespace Tandem.Kernels.Generated;

/// <summary>What <see cref="PortableAttention"/> computes, bit for bit, by generated code, for each number of queries.</summary>
internal sealed unsafe class GeneratedAttention : AttentionKernel
{
    private readonly InstructionSet _set;
    private readonly ExecutableMemory _memory;

    // Where the functions for 1, 2, … queries begin.
    private readonly int[] _scores;
    private readonly int[] _values;

    private GeneratedAttention(KvPage page, InstructionSet set, ExecutableMemory memory, int[] starts)
        : base(page)
    {
        (_set, _memory) = (set, memory);
        _scores = starts[..QueriesMax];
        _values = starts[QueriesMax..];
    }

    /// <inheritdoc/>
    public override int QueriesStep => 1;

    /// <inheritdoc/>
    public override int QueriesMax => PageAssembler.QueriesMax(_set);

    /// <summary>The kernel for pages that lie so; null where the system refuses executable memory.</summary>
    public static GeneratedAttention? TryCreate(InstructionSet set, KvPage page)
    {
        var (code, starts) = Assemble(set, page, GeneratedCode.OwnConvention);
        return ExecutableMemory.TryCreate(code) is { } memory
            ? new GeneratedAttention(page, set, memory, starts)
            : null;
    }

    /// <summary>The code, and where its functions begin: scores of 1, 2, … queries, then their sums of values.</summary>
    public static (byte[] Code, int[] Starts) Assemble(InstructionSet set, KvPage page, CallingConvention convention)
    {
        var queries = Enumerable.Range(1, PageAssembler.QueriesMax(set));
        return GeneratedCode.Assemble(
            set,
            convention,
            target =>
                [
                    .. queries.Select(count => new ScoreAssembler(target, page, count).Assemble()),
                    .. queries.Select(count => new ValueAssembler(target, page, count).Assemble()),
                ]
        );
    }

    /// <inheritdoc/>
    public override void Score(in PageProduct product, float factor)
    {
        var keys = ScoreAssembler.Keys(_set, product.Queries);
        var first = product.First / keys * keys;
        var arguments = new PageArguments
        {
            Page = product.Page + first * Page.ElementBytes,
            Scales = product.Page + Page.KeyScales + first * sizeof(ushort),
            Input = product.Input,
            Output = product.Output + first,
            Ahead = product.Ahead,
            Count = (product.End - first + keys - 1) / keys,
            Factor = factor,
        };
        Call(_scores[product.Queries - 1], &arguments);
    }

    /// <inheritdoc/>
    public override void AddValues(in PageProduct product)
    {
        var arguments = new PageArguments
        {
            Page = product.Page + product.First * Page.ValueStride * Page.ElementBytes,
            Scales = product.Page + Page.ValueScales + product.First * sizeof(ushort),
            Input = product.Input + product.First,
            Output = product.Output,
            Ahead = product.Ahead,
            Count = product.End - product.First,
        };
        Call(_values[product.Queries - 1], &arguments);
    }

    private void Call(int start, PageArguments* arguments)
    {
        ((delegate* unmanaged[Cdecl]<PageArguments*, void>)(_memory.Start + start))(arguments);
        GC.KeepAlive(_memory);
    }
}
