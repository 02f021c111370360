using System.Runtime.CompilerServices;

namespace Tandem.Kernels;

/// <summary>Attention's products in C#, for four or eight queries; what generated ones are tested against.</summary>
internal sealed unsafe class PortableAttention : AttentionKernel
{
    private const int Lanes = 16;
    private const int Four = 4;
    private const int Length = KvPage.Length;

    private readonly int _headSize;
    private readonly int _stride;

    public PortableAttention(KvPage page)
        : base(page)
    {
        (_headSize, _stride) = (page.HeadSize, page.ValueStride);
        Wide = page.Type == CacheType.F32 ? null : new PortableAttention(new KvPage(CacheType.F32, page.HeadSize));
    }

    /// <inheritdoc/>
    public override int QueriesStep => Four;

    // A key or value is loaded once for so many queries: eight need 16 of 32 long registers; where registers are short, half of it.

    /// <inheritdoc/>
    public override int QueriesMax { get; } = Vector512.IsHardwareAccelerated ? 2 * Four : Four;

    /// <inheritdoc/>
    public override AttentionKernel? Wide { get; }

    /// <inheritdoc/>
    public override void Score(in PageProduct product, float factor)
    {
        for (var key = product.First / (2 * Lanes) * (2 * Lanes); key < product.End; key += 2 * Lanes)
        {
            if (product.Queries == Four)
            {
                ScoreFour(product.Page, key, product.Input, factor, product.Output + key);
            }
            else
            {
                ScoreEight(product.Page, key, product.Input, factor, product.Output + key);
            }
        }
    }

    /// <inheritdoc/>
    public override void AddValues(in PageProduct product)
    {
        for (var d = 0; d < _stride; d += 2 * Lanes)
        {
            if (product.Queries == Four)
            {
                AddFour(product, d, product.Output + d);
            }
            else
            {
                AddEight(product, d, product.Output + d);
            }
        }
    }

    private void ScoreFour(byte* keys, int key, float* query, float factor, float* scores)
    {
        var page = Page;
        var a0 = Vector512<float>.Zero;
        var (a1, a2, a3, b0, b1, b2, b3) = (a0, a0, a0, a0, a0, a0, a0);
        var size = _headSize;
        for (var d = 0; d < size; d++, query++)
        {
            var a = page.LoadKeys(keys, d, key);
            var b = page.LoadKeys(keys, d, key + Lanes);
            AddTwo(Vector512.Create(query[0]), a, b, ref a0, ref b0);
            AddTwo(Vector512.Create(query[size]), a, b, ref a1, ref b1);
            AddTwo(Vector512.Create(query[2 * size]), a, b, ref a2, ref b2);
            AddTwo(Vector512.Create(query[3 * size]), a, b, ref a3, ref b3);
        }
        StoreTwo(scores, factor, a0, b0);
        StoreTwo(scores + Length, factor, a1, b1);
        StoreTwo(scores + 2 * Length, factor, a2, b2);
        StoreTwo(scores + 3 * Length, factor, a3, b3);
    }

    private void ScoreEight(byte* keys, int key, float* query, float factor, float* scores)
    {
        var page = Page;
        var a0 = Vector512<float>.Zero;
        var (a1, a2, a3, a4, a5, a6, a7) = (a0, a0, a0, a0, a0, a0, a0);
        var (b0, b1, b2, b3, b4, b5, b6, b7) = (a0, a0, a0, a0, a0, a0, a0, a0);
        var size = _headSize;
        var behind = query + 4 * size;
        for (var d = 0; d < size; d++, query++, behind++)
        {
            var a = page.LoadKeys(keys, d, key);
            var b = page.LoadKeys(keys, d, key + Lanes);
            AddTwo(Vector512.Create(query[0]), a, b, ref a0, ref b0);
            AddTwo(Vector512.Create(query[size]), a, b, ref a1, ref b1);
            AddTwo(Vector512.Create(query[2 * size]), a, b, ref a2, ref b2);
            AddTwo(Vector512.Create(query[3 * size]), a, b, ref a3, ref b3);
            AddTwo(Vector512.Create(behind[0]), a, b, ref a4, ref b4);
            AddTwo(Vector512.Create(behind[size]), a, b, ref a5, ref b5);
            AddTwo(Vector512.Create(behind[2 * size]), a, b, ref a6, ref b6);
            AddTwo(Vector512.Create(behind[3 * size]), a, b, ref a7, ref b7);
        }
        StoreTwo(scores, factor, a0, b0);
        StoreTwo(scores + Length, factor, a1, b1);
        StoreTwo(scores + 2 * Length, factor, a2, b2);
        StoreTwo(scores + 3 * Length, factor, a3, b3);
        StoreTwo(scores + 4 * Length, factor, a4, b4);
        StoreTwo(scores + 5 * Length, factor, a5, b5);
        StoreTwo(scores + 6 * Length, factor, a6, b6);
        StoreTwo(scores + 7 * Length, factor, a7, b7);
    }

    private void AddFour(in PageProduct product, int d, float* sums)
    {
        var page = Page;
        var values = product.Page;
        var stride = _stride;
        var (a0, b0) = LoadTwo(sums);
        var (a1, b1) = LoadTwo(sums + stride);
        var (a2, b2) = LoadTwo(sums + 2 * stride);
        var (a3, b3) = LoadTwo(sums + 3 * stride);
        for (var key = product.First; key < product.End; key++)
        {
            var weights = product.Input + key;
            var a = page.LoadValues(values, key, d);
            var b = page.LoadValues(values, key, d + Lanes);
            AddTwo(Vector512.Create(weights[0]), a, b, ref a0, ref b0);
            AddTwo(Vector512.Create(weights[Length]), a, b, ref a1, ref b1);
            AddTwo(Vector512.Create(weights[2 * Length]), a, b, ref a2, ref b2);
            AddTwo(Vector512.Create(weights[3 * Length]), a, b, ref a3, ref b3);
        }
        SaveTwo(sums, a0, b0);
        SaveTwo(sums + stride, a1, b1);
        SaveTwo(sums + 2 * stride, a2, b2);
        SaveTwo(sums + 3 * stride, a3, b3);
    }

    private void AddEight(in PageProduct product, int d, float* sums)
    {
        var page = Page;
        var values = product.Page;
        var stride = _stride;
        var behind = sums + 4 * stride;
        var (a0, b0) = LoadTwo(sums);
        var (a1, b1) = LoadTwo(sums + stride);
        var (a2, b2) = LoadTwo(sums + 2 * stride);
        var (a3, b3) = LoadTwo(sums + 3 * stride);
        var (a4, b4) = LoadTwo(behind);
        var (a5, b5) = LoadTwo(behind + stride);
        var (a6, b6) = LoadTwo(behind + 2 * stride);
        var (a7, b7) = LoadTwo(behind + 3 * stride);
        for (var key = product.First; key < product.End; key++)
        {
            var weights = product.Input + key;
            var a = page.LoadValues(values, key, d);
            var b = page.LoadValues(values, key, d + Lanes);
            AddTwo(Vector512.Create(weights[0]), a, b, ref a0, ref b0);
            AddTwo(Vector512.Create(weights[Length]), a, b, ref a1, ref b1);
            AddTwo(Vector512.Create(weights[2 * Length]), a, b, ref a2, ref b2);
            AddTwo(Vector512.Create(weights[3 * Length]), a, b, ref a3, ref b3);
            AddTwo(Vector512.Create(weights[4 * Length]), a, b, ref a4, ref b4);
            AddTwo(Vector512.Create(weights[5 * Length]), a, b, ref a5, ref b5);
            AddTwo(Vector512.Create(weights[6 * Length]), a, b, ref a6, ref b6);
            AddTwo(Vector512.Create(weights[7 * Length]), a, b, ref a7, ref b7);
        }
        SaveTwo(sums, a0, b0);
        SaveTwo(sums + stride, a1, b1);
        SaveTwo(sums + 2 * stride, a2, b2);
        SaveTwo(sums + 3 * stride, a3, b3);
        SaveTwo(behind, a4, b4);
        SaveTwo(behind + stride, a5, b5);
        SaveTwo(behind + 2 * stride, a6, b6);
        SaveTwo(behind + 3 * stride, a7, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTwo(
        Vector512<float> factor,
        Vector512<float> a,
        Vector512<float> b,
        ref Vector512<float> sumA,
        ref Vector512<float> sumB
    )
    {
        sumA = Vector512.FusedMultiplyAdd(a, factor, sumA);
        sumB = Vector512.FusedMultiplyAdd(b, factor, sumB);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> A, Vector512<float> B) LoadTwo(float* from) =>
        (Vector512.Load(from), Vector512.Load(from + Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SaveTwo(float* to, Vector512<float> a, Vector512<float> b)
    {
        a.Store(to);
        b.Store(to + Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTwo(float* scores, float factor, Vector512<float> a, Vector512<float> b) =>
        SaveTwo(scores, a * factor, b * factor);
}
