using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// What attention's two products share: so many queries meet some vectors of a page, and their results stay in registers, a vector
/// and a query a register. <see cref="KvPage"/> says how a page lies.
/// </summary>
internal abstract class PageAssembler
{
    private const int CacheLineBytes = 64;
    private const int FewQueriesMax = 4;

    private readonly KernelFrame _frame;

    protected PageAssembler(TileTarget target, KvPage page, int queries)
    {
        (Code, Set, Page, Queries) = (target.Code, target.Set, page, queries);
        _frame = new KernelFrame(Code, target.Convention, [rbx]);
        Simd = new VectorAssembler(target.Code, target.Constants, target.Set);
    }

    /// <summary>The most queries whose results stay in registers.</summary>
    public static int QueriesMax(InstructionSet set) => set.IsWide ? 8 : 4;

    /// <summary>Vectors that so many queries meet together.</summary>
    /// <param name="set">What there is.</param>
    /// <param name="queries">Queries.</param>
    /// <param name="elements">Elements, of which vectors are to take a whole share.</param>
    public static int VectorsOf(InstructionSet set, int queries, int elements)
    {
        var lanes = set.VectorBytes / sizeof(float);
        return set.IsWide && queries <= FewQueriesMax && elements % (4 * lanes) == 0 ? 4 : 2;
    }

    /// <summary>Assembles the function; returns the label at its beginning.</summary>
    public Label Assemble()
    {
        var start = Code.CreateLabel();
        Code.Label(ref start);
        _frame.Enter();
        Code.mov(r11, _frame.Argument);
        Code.mov(rsi, Field(nameof(PageArguments.Page)));
        Code.mov(rbx, Field(nameof(PageArguments.Scales)));
        Code.mov(rdi, Field(nameof(PageArguments.Input)));
        Code.mov(rdx, Field(nameof(PageArguments.Output)));
        Code.mov(r8, Field(nameof(PageArguments.Ahead)));
        for (var line = 0; line < Page.ScaleBytes; line += CacheLineBytes)
        {
            Code.prefetcht0(__byte_ptr[r8 + AheadScales + line]);
        }
        Walk();
        _frame.Leave();
        return start;
    }

    /// <summary>Takes the instructions.</summary>
    protected Assembler Code { get; }

    /// <summary>Takes those on vectors.</summary>
    protected VectorAssembler Simd { get; }

    /// <summary>What the function is made of.</summary>
    protected InstructionSet Set { get; }

    /// <summary>How keys and values lie.</summary>
    protected KvPage Page { get; }

    /// <summary>Queries that come together.</summary>
    protected int Queries { get; }

    /// <summary>Vectors that they meet together.</summary>
    protected abstract int Vectors { get; }

    /// <summary>Floats of a vector.</summary>
    protected int Lanes => Set.VectorBytes / sizeof(float);

    /// <summary>Bytes of the elements that become a vector of floats.</summary>
    protected int ElementsBytes => Lanes * Page.ElementBytes;

    /// <summary>Bytes from what is wanted next to its scales.</summary>
    protected abstract int AheadScales { get; }

    /// <summary>The scales of a vector, where numbers have such.</summary>
    protected abstract int ScalesOf(int vector);

    /// <summary>Walks through the page.</summary>
    protected abstract void Walk();

    /// <summary>An argument.</summary>
    protected static AssemblerMemoryOperand Field(string name) =>
        __qword_ptr[r11 + (int)Marshal.OffsetOf<PageArguments>(name)];

    /// <summary>The result of a vector and a query.</summary>
    protected int Result(int vector, int query) => Set.Registers - 1 - vector * Queries - query;

    /// <summary>Does something for each vector and query.</summary>
    protected void ForEachResult(Action<int, int> action)
    {
        for (var query = 0; query < Queries; query++)
        {
            for (var vector = 0; vector < Vectors; vector++)
            {
                action(vector, query);
            }
        }
    }

    /// <summary>
    /// Adds to each result the product of its vector and a number of its query, and asks for as much as was read of what is
    /// wanted next.
    /// </summary>
    /// <param name="elements">The first vector.</param>
    /// <param name="number">The number of the first query.</param>
    /// <param name="stride">Bytes from a query's number to the next one's.</param>
    protected void AddProducts(AssemblerRegister64 elements, AssemblerRegister64 number, int stride)
    {
        for (var vector = 0; vector < Vectors; vector++)
        {
            Load(Loaded(vector), elements + vector * ElementsBytes);
            if (Page.HasScales)
            {
                Simd.MultiplyFloats(Loaded(vector), Loaded(vector), ScalesOf(vector));
            }
        }
        for (var query = 0; query < Queries; query++)
        {
            Simd.Broadcast(Shared, number + query * stride);
            for (var vector = 0; vector < Vectors; vector++)
            {
                Simd.AddProducts(Result(vector, query), Loaded(vector), Shared);
            }
        }
        for (var line = 0; line < Vectors * ElementsBytes; line += CacheLineBytes)
        {
            Code.prefetcht0(__byte_ptr[r8 + line]);
        }
        Code.add(r8, Vectors * ElementsBytes);
    }

    /// <summary>A number of a query in all lanes.</summary>
    protected static int Shared => 0;

    /// <summary>One of the registers for scales, as many as <see cref="Vectors"/>.</summary>
    protected int ScaleRegister(int index) => 1 + Vectors + index;

    private static int Loaded(int vector) => 1 + vector;

    private void Load(int to, AssemblerMemoryOperand from)
    {
        switch (Page.Type)
        {
            case CacheType.F32:
                Simd.Load(to, from);
                break;
            case CacheType.BF16:
                Simd.WidenShorts(to, from);
                Simd.ShiftLeft(to, 16);
                break;
            case CacheType.Q8_0:
                Simd.WidenSignedBytes(to, from);
                Simd.ToFloat(to);
                break;
            default:
                Simd.FromHalf(to, from);
                break;
        }
    }
}
