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
    protected override void Walk()
    {
        Code.mov(rcx, Page.ValueStride / (Vectors * Lanes));
        var part = Code.CreateLabel();
        Code.Label(ref part);
        ForEachResult((vector, query) => Simd.Load(Result(vector, query), rdx + Sum(vector, query)));
        Code.mov(rax, rsi);
        Code.mov(r9, rdi);
        Code.mov(r10, Field(nameof(PageArguments.Count)));
        var position = Code.CreateLabel();
        Code.Label(ref position);
        AddProducts(rax, r9, KvPage.Length * sizeof(float));
        Code.add(rax, Page.ValueStride * Page.ElementBytes);
        Code.add(r9, sizeof(float));
        Code.dec(r10);
        Code.jnz(position);
        ForEachResult((vector, query) => Simd.Store(rdx + Sum(vector, query), Result(vector, query)));
        Code.add(rsi, Vectors * ElementsBytes);
        Code.add(rdx, Vectors * Lanes * sizeof(float));
        Code.dec(rcx);
        Code.jnz(part);
    }

    private int Sum(int vector, int query) => (query * Page.ValueStride + vector * Lanes) * sizeof(float);
}
