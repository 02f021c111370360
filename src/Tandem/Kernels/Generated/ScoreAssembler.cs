using System.Runtime.InteropServices;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>Queries with keys: a lane is a key, and the loop goes through the dimensions.</summary>
/// <param name="target">What it is assembled for.</param>
/// <param name="page">How keys lie.</param>
/// <param name="queries">Queries that come together.</param>
internal sealed class ScoreAssembler(TileTarget target, KvPage page, int queries) : PageAssembler(target, page, queries)
{
    /// <summary>Keys of one passage.</summary>
    public static int Keys(InstructionSet set, int queries) =>
        VectorsOf(set, queries, KvPage.Length) * set.VectorBytes / sizeof(float);

    /// <inheritdoc/>
    protected override int Vectors => VectorsOf(Set, Queries, KvPage.Length);

    /// <inheritdoc/>
    protected override int AheadScales => Page.ValueScales;

    /// <inheritdoc/>
    protected override int ScalesOf(int vector) => ScaleRegister(vector);

    /// <inheritdoc/>
    protected override void Walk()
    {
        Code.mov(rcx, Field(nameof(PageArguments.Count)));
        var passage = Code.CreateLabel();
        Code.Label(ref passage);
        ForEachResult((vector, query) => Simd.Clear(Result(vector, query)));
        Code.mov(rax, rsi);
        Code.mov(r9, rdi);
        var block = Page.HasScales ? KvPage.BlockColumns : Page.HeadSize;
        for (var first = 0; first < Page.HeadSize; first += block)
        {
            AddBlock(first, Math.Min(block, Page.HeadSize - first));
        }
        Simd.Broadcast(Shared, r11 + (int)Marshal.OffsetOf<PageArguments>(nameof(PageArguments.Factor)));
        ForEachResult(
            (vector, query) =>
            {
                Simd.MultiplyFloats(Result(vector, query), Result(vector, query), Shared);
                Simd.Store(rdx + (query * KvPage.Length + vector * Lanes) * sizeof(float), Result(vector, query));
            }
        );
        Code.add(rsi, Vectors * ElementsBytes);
        Code.add(rbx, Vectors * Lanes * sizeof(ushort));
        Code.add(rdx, Vectors * Lanes * sizeof(float));
        Code.dec(rcx);
        Code.jnz(passage);
    }

    private void AddBlock(int first, int dimensions)
    {
        for (var vector = 0; Page.HasScales && vector < Vectors; vector++)
        {
            var position = first / KvPage.BlockColumns * KvPage.Length + vector * Lanes;
            Simd.FromHalf(ScalesOf(vector), rbx + position * sizeof(ushort));
        }
        Code.mov(r10, dimensions);
        var dimension = Code.CreateLabel();
        Code.Label(ref dimension);
        AddProducts(rax, r9, Page.HeadSize * sizeof(float));
        Code.add(rax, KvPage.Length * Page.ElementBytes);
        Code.add(r9, sizeof(float));
        Code.dec(r10);
        Code.jnz(dimension);
    }
}
