using Tandem.Kernels;
using Tandem.Memory;

namespace Tandem.Tests.Kernels;

/// <summary>A page of random keys and values in memory of its exact size, and random queries and weights.</summary>
internal sealed unsafe class RandomPage : IDisposable
{
    /// <summary>What scores are multiplied by.</summary>
    public const float Factor = 0.125f;

    private readonly KvPage _page;
    private readonly bool? _guardedAtEnd;
    private readonly List<GuardedMemory> _guarded = [];
    private readonly Arena _arena = new("test", long.MaxValue);

    /// <summary>A page.</summary>
    /// <param name="page">How it lies.</param>
    /// <param name="queries">Queries.</param>
    /// <param name="guardedAtEnd">Whether each array ends at a forbidden page, or begins at one; null for neither.</param>
    /// <param name="random">Gives the numbers.</param>
    public RandomPage(KvPage page, int queries, bool? guardedAtEnd, Random random)
    {
        (_page, _guardedAtEnd) = (page, guardedAtEnd);
        Keys = Allocate(page.KeyBytes);
        Values = Allocate(page.ValueBytes);
        Queries = (float*)Allocate(queries * page.HeadSize * sizeof(float));
        Weights = (float*)Allocate(queries * KvPage.Length * sizeof(float));
        Scores = (float*)Allocate(queries * KvPage.Length * sizeof(float));
        Sums = (float*)Allocate(queries * page.ValueStride * sizeof(float));
        Fill(Queries, queries * page.HeadSize, random);
        Fill(Weights, queries * KvPage.Length, random);
        var (key, value) = (new float[page.HeadSize], new float[page.HeadSize]);
        fixed (float* keyStart = key)
        fixed (float* valueStart = value)
        {
            for (var position = 0; position < KvPage.Length; position++)
            {
                Fill(keyStart, key.Length, random);
                Fill(valueStart, value.Length, random);
                page.Store(Keys, Values, position, keyStart, valueStart);
            }
        }
    }

    public byte* Keys { get; }

    public byte* Values { get; }

    public float* Queries { get; }

    public float* Weights { get; }

    public float* Scores { get; }

    public float* Sums { get; }

    /// <summary>The scores of the keys of a range, [queries, keys].</summary>
    public float[] Score(AttentionKernel kernel, int queries, int first, int end)
    {
        kernel.Score(Product(Keys, Queries, Scores, queries, first, end), Factor);
        var scores = new List<float>();
        for (var query = 0; query < queries; query++)
        {
            scores.AddRange(new Span<float>(Scores + query * KvPage.Length + first, end - first));
        }
        return [.. scores];
    }

    /// <summary>Sums of values of a range on top of ones, [queries, stride].</summary>
    public float[] Sum(AttentionKernel kernel, int queries, int first, int end)
    {
        var sums = new Span<float>(Sums, queries * _page.ValueStride);
        sums.Fill(1);
        kernel.AddValues(Product(Values, Weights, Sums, queries, first, end));
        return sums.ToArray();
    }

    public void Dispose()
    {
        _guarded.ForEach(memory => memory.Dispose());
        _arena.Dispose();
    }

    private static PageProduct Product(byte* page, float* input, float* output, int queries, int first, int end) =>
        new()
        {
            Page = page,
            Input = input,
            Output = output,
            Queries = queries,
            First = first,
            End = end,
            Ahead = page,
        };

    // Of every size, the smallest among them, which half-precision numbers hold as subnormal ones.
    private static void Fill(float* numbers, int count, Random random)
    {
        for (var i = 0; i < count; i++)
        {
            numbers[i] = MathF.ScaleB(random.NextSingle() - 0.5f, random.Next(-18, 4));
        }
    }

    private byte* Allocate(int bytes)
    {
        if (_guardedAtEnd is not { } atEnd)
        {
            return _arena.AllocateZeroed<byte>(bytes);
        }
        var memory = new GuardedMemory(bytes, atEnd);
        _guarded.Add(memory);
        return memory.Data;
    }
}
