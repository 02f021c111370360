using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>Weights with values: a lane is a dimension, and the loop goes through the positions.</summary>
/// <param name="target">What it is assembled for.</param>
/// <param name="page">How values lie.</param>
/// <param name="queries">Queries that come together.</param>
internal sealed class ValueAssembler(TileTarget target, KvPage page, int queries) : PageAssembler(target, page, queries)
{
    /// <inheritdoc/>
    protected override int Vectors => VectorsOf(Set, Queries, Page.ValueStride);

    /// <inheritdoc/>
    protected override int AheadScales => Page.KeyScales;

    // Dimensions that are added up in one walk through the positions.
    private int Part => Vectors * Lanes;

    /// <inheritdoc/>
    protected override int ScalesOf(int vector) => ScaleRegister(vector * Lanes / KvPage.BlockColumns);

    /// <inheritdoc/>
    protected override void Walk()
    {
        for (var first = 0; first < Page.ValueStride; first += Part)
        {
            AddPart(first);
        }
    }

    private void AddPart(int first)
    {
        ForEachResult((vector, query) => Simd.Load(Result(vector, query), rdx + Sum(first, vector, query)));
        Code.lea(rax, rsi + first * Page.ElementBytes);
        Code.mov(r9, rdi);
        Code.mov(rcx, rbx);
        Code.mov(r10, Field(nameof(PageArguments.Count)));
        var position = Code.CreateLabel();
        Code.Label(ref position);
        for (var d = 0; Page.HasScales && d < Part; d += KvPage.BlockColumns)
        {
            var block = (first + d) / KvPage.BlockColumns;
            Simd.BroadcastHalf(ScalesOf(d / Lanes), rcx + block * KvPage.Length * sizeof(ushort));
        }
        AddProducts(rax, r9, KvPage.Length * sizeof(float));
        Code.add(rax, Page.ValueStride * Page.ElementBytes);
        Code.add(r9, sizeof(float));
        Code.add(rcx, sizeof(ushort));
        Code.dec(r10);
        Code.jnz(position);
        ForEachResult((vector, query) => Simd.Store(rdx + Sum(first, vector, query), Result(vector, query)));
    }

    private int Sum(int first, int vector, int query) =>
        (query * Page.ValueStride + first + vector * Lanes) * sizeof(float);
}
