using System.Runtime.CompilerServices;
using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>
/// Queries that share keys and values, on their way through the pages. A query's score with a key adds its dimensions in
/// order; a page's values are added in order of position: so a query's result does not depend on the others.
/// </summary>
internal unsafe ref struct AttendTile
{
    private const int Page = KvLayer.PageLength;
    private const int Lanes = 16;
    private const int Half = 4;

    // The scratch of a tile lies on the stack, and what a page's keys and values meet should lie in the nearest caches.
    private const int QueryFloats = 4096;

    // A key or value is loaded once for so many queries: eight need 16 of 32 long registers; where registers are short, half of it.
    private static readonly int _together = Vector512.IsHardwareAccelerated ? 2 * Half : Half;

    private readonly Heads _heads;
    private readonly KvLayer _layer;
    private readonly int _head;
    private readonly int _headSize;
    private readonly int _stride;
    private readonly Query* _about;
    private readonly float* _queries;
    private readonly float* _sums;
    private readonly float* _scores;
    private readonly float* _wideKeys;
    private readonly float* _wideValues;
    private int _count;

    /// <summary>A tile without queries.</summary>
    /// <param name="heads">What attention does.</param>
    /// <param name="layer">Keys and values.</param>
    /// <param name="head">The key head.</param>
    /// <param name="scratch">As many bytes as <see cref="ScratchBytes"/> says, aligned to 64.</param>
    public AttendTile(Heads heads, KvLayer layer, int head, byte* scratch)
    {
        (_heads, _layer, _head) = (heads, layer, head);
        (_headSize, _stride) = (layer.HeadSize, layer.ValueStride);
        var queries = QueriesMax(_headSize);
        _wideKeys = (float*)scratch;
        _wideValues = _wideKeys + Page * _headSize;
        _scores = _wideValues + Page * _stride;
        _sums = _scores + 2 * Half * Page;
        _queries = _sums + queries * _stride;
        _about = (Query*)(_queries + queries * _headSize);
    }

    /// <summary>The most queries of a tile; a multiple of those that are computed together.</summary>
    public static int QueriesMax(int headSize) => Math.Max(2 * Half, QueryFloats / headSize / (2 * Half) * (2 * Half));

    /// <summary>Bytes of scratch that a tile needs.</summary>
    public static int ScratchBytes(KvLayer layer)
    {
        var queries = QueriesMax(layer.HeadSize);
        var floats = (Page + queries) * (layer.HeadSize + layer.ValueStride) + 2 * Half * Page;
        return floats * sizeof(float) + queries * sizeof(Query);
    }

    /// <summary>Adds a query, [HeadSize], and where its result goes.</summary>
    public void Add(float* query, int position, float* output)
    {
        var first = _heads.Window > 0 ? Math.Max(0, position - _heads.Window + 1) : 0;
        _about[_count] = new Query
        {
            First = first,
            Position = position,
            Output = output,
            Maximum = float.NegativeInfinity,
        };
        Buffer.MemoryCopy(query, _queries + _count * _headSize, _headSize * sizeof(float), _headSize * sizeof(float));
        new Span<float>(_sums + _count * _stride, _stride).Clear();
        _count++;
    }

    /// <summary>Leads the queries through all pages that they see.</summary>
    /// <param name="index">Where pages are.</param>
    /// <param name="segment">The segment whose rows the queries are.</param>
    public void Walk(StepIndex index, int segment)
    {
        var outputs = _count;
        var (first, last) = (_about[0].First, _about[0].Position);
        for (var i = 1; i < outputs; i++)
        {
            (first, last) = (Math.Min(first, _about[i].First), Math.Max(last, _about[i].Position));
        }
        // Those that are computed together are always so many: the last query fills up.
        while (_count % Half != 0)
        {
            var filling = _about[outputs - 1];
            Add(_queries + (outputs - 1) * _headSize, filling.Position, filling.Output);
        }
        for (var page = first / Page; page <= last / Page; page++)
        {
            Attend(index.Page(segment, page * Page), page * Page);
        }
        for (var i = 0; i < outputs; i++)
        {
            Write(i);
        }
    }

    private void Attend(int page, int pagePosition)
    {
        var type = _layer.Type;
        var keys = _layer.Keys(page, _head);
        var values = _layer.Values(page, _head);
        if (_count > _together && type != CacheType.F32)
        {
            // Many queries: widened once for all.
            Widen(type, keys, _wideKeys, Page * _headSize);
            Widen(type, values, _wideValues, Page * _stride);
            type = CacheType.F32;
            keys = (byte*)_wideKeys;
            values = (byte*)_wideValues;
        }
        for (var query = 0; query < _count; )
        {
            var together = _count - query >= _together ? _together : Half;
            Attend(query, together, pagePosition, type, keys, values);
            query += together;
        }
    }

    private void Attend(int query, int together, int pagePosition, CacheType type, byte* keys, byte* values)
    {
        var (from, to) = (Page, 0);
        for (var i = query; i < query + together; i++)
        {
            var (low, high) = Seen(_about[i], pagePosition);
            if (low < high)
            {
                (from, to) = (Math.Min(from, low), Math.Max(to, high));
            }
        }
        if (from >= to)
        {
            return;
        }
        for (var key = from / (2 * Lanes) * (2 * Lanes); key < to; key += 2 * Lanes)
        {
            if (together == Half)
            {
                ScoreFour(type, keys, key, _queries + query * _headSize, _scores + key);
            }
            else
            {
                ScoreEight(type, keys, key, _queries + query * _headSize, _scores + key);
            }
        }
        for (var i = 0; i < together; i++)
        {
            Weigh(query + i, _scores + i * Page, pagePosition, from / Lanes * Lanes, to);
        }
        for (var d = 0; d < _stride; d += 2 * Lanes)
        {
            var sums = _sums + query * _stride + d;
            if (together == Half)
            {
                AddFour(type, values, d, from, to, sums);
            }
            else
            {
                AddEight(type, values, d, from, to, sums);
            }
        }
    }

    private static (int Low, int High) Seen(in Query query, int pagePosition) =>
        (Math.Max(0, query.First - pagePosition), Math.Min(Page, query.Position + 1 - pagePosition));

    private static void Widen(CacheType type, byte* elements, float* wide, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            KvLayer.Load(type, elements, i).Store(wide + i);
        }
    }

    private readonly void ScoreFour(CacheType type, byte* keys, int key, float* query, float* scores)
    {
        var a0 = Vector512<float>.Zero;
        var (a1, a2, a3, b0, b1, b2, b3) = (a0, a0, a0, a0, a0, a0, a0);
        var size = _headSize;
        for (var d = 0; d < size; d++, query++)
        {
            var a = KvLayer.Load(type, keys, d * Page + key);
            var b = KvLayer.Load(type, keys, d * Page + key + Lanes);
            AddTwo(Vector512.Create(query[0]), a, b, ref a0, ref b0);
            AddTwo(Vector512.Create(query[size]), a, b, ref a1, ref b1);
            AddTwo(Vector512.Create(query[2 * size]), a, b, ref a2, ref b2);
            AddTwo(Vector512.Create(query[3 * size]), a, b, ref a3, ref b3);
        }
        StoreTwo(scores, a0, b0);
        StoreTwo(scores + Page, a1, b1);
        StoreTwo(scores + 2 * Page, a2, b2);
        StoreTwo(scores + 3 * Page, a3, b3);
    }

    private readonly void ScoreEight(CacheType type, byte* keys, int key, float* query, float* scores)
    {
        var a0 = Vector512<float>.Zero;
        var (a1, a2, a3, a4, a5, a6, a7) = (a0, a0, a0, a0, a0, a0, a0);
        var (b0, b1, b2, b3, b4, b5, b6, b7) = (a0, a0, a0, a0, a0, a0, a0, a0);
        var size = _headSize;
        var behind = query + 4 * size;
        for (var d = 0; d < size; d++, query++, behind++)
        {
            var a = KvLayer.Load(type, keys, d * Page + key);
            var b = KvLayer.Load(type, keys, d * Page + key + Lanes);
            AddTwo(Vector512.Create(query[0]), a, b, ref a0, ref b0);
            AddTwo(Vector512.Create(query[size]), a, b, ref a1, ref b1);
            AddTwo(Vector512.Create(query[2 * size]), a, b, ref a2, ref b2);
            AddTwo(Vector512.Create(query[3 * size]), a, b, ref a3, ref b3);
            AddTwo(Vector512.Create(behind[0]), a, b, ref a4, ref b4);
            AddTwo(Vector512.Create(behind[size]), a, b, ref a5, ref b5);
            AddTwo(Vector512.Create(behind[2 * size]), a, b, ref a6, ref b6);
            AddTwo(Vector512.Create(behind[3 * size]), a, b, ref a7, ref b7);
        }
        StoreTwo(scores, a0, b0);
        StoreTwo(scores + Page, a1, b1);
        StoreTwo(scores + 2 * Page, a2, b2);
        StoreTwo(scores + 3 * Page, a3, b3);
        StoreTwo(scores + 4 * Page, a4, b4);
        StoreTwo(scores + 5 * Page, a5, b5);
        StoreTwo(scores + 6 * Page, a6, b6);
        StoreTwo(scores + 7 * Page, a7, b7);
    }

    private readonly void AddFour(CacheType type, byte* values, int d, int from, int to, float* sums)
    {
        var stride = _stride;
        var (a0, b0) = LoadTwo(sums);
        var (a1, b1) = LoadTwo(sums + stride);
        var (a2, b2) = LoadTwo(sums + 2 * stride);
        var (a3, b3) = LoadTwo(sums + 3 * stride);
        for (var key = from; key < to; key++)
        {
            var weights = _scores + key;
            var a = KvLayer.Load(type, values, key * stride + d);
            var b = KvLayer.Load(type, values, key * stride + d + Lanes);
            AddTwo(Vector512.Create(weights[0]), a, b, ref a0, ref b0);
            AddTwo(Vector512.Create(weights[Page]), a, b, ref a1, ref b1);
            AddTwo(Vector512.Create(weights[2 * Page]), a, b, ref a2, ref b2);
            AddTwo(Vector512.Create(weights[3 * Page]), a, b, ref a3, ref b3);
        }
        SaveTwo(sums, a0, b0);
        SaveTwo(sums + stride, a1, b1);
        SaveTwo(sums + 2 * stride, a2, b2);
        SaveTwo(sums + 3 * stride, a3, b3);
    }

    private readonly void AddEight(CacheType type, byte* values, int d, int from, int to, float* sums)
    {
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
        for (var key = from; key < to; key++)
        {
            var weights = _scores + key;
            var a = KvLayer.Load(type, values, key * stride + d);
            var b = KvLayer.Load(type, values, key * stride + d + Lanes);
            AddTwo(Vector512.Create(weights[0]), a, b, ref a0, ref b0);
            AddTwo(Vector512.Create(weights[Page]), a, b, ref a1, ref b1);
            AddTwo(Vector512.Create(weights[2 * Page]), a, b, ref a2, ref b2);
            AddTwo(Vector512.Create(weights[3 * Page]), a, b, ref a3, ref b3);
            AddTwo(Vector512.Create(weights[4 * Page]), a, b, ref a4, ref b4);
            AddTwo(Vector512.Create(weights[5 * Page]), a, b, ref a5, ref b5);
            AddTwo(Vector512.Create(weights[6 * Page]), a, b, ref a6, ref b6);
            AddTwo(Vector512.Create(weights[7 * Page]), a, b, ref a7, ref b7);
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
    private readonly void StoreTwo(float* scores, Vector512<float> a, Vector512<float> b) =>
        SaveTwo(scores, a * _heads.Scale, b * _heads.Scale);

    // Turns the scores of the keys that a query sees into weights, the others of those that any sees into zeros.
    private readonly void Weigh(int index, float* scores, int pagePosition, int from, int to)
    {
        ref var query = ref _about[index];
        var (low, high) = Seen(query, pagePosition);
        if (low >= high)
        {
            new Span<float>(scores, Page).Clear();
            return;
        }
        var lanes = Vector512.CreateSequence(0, 1);
        var largest = Vector512.Create(query.Maximum);
        for (var key = from; key < to; key += Lanes)
        {
            var score = Vector512.Load(scores + key);
            if (_heads.SoftCap > 0)
            {
                score = VectorMath.Tanh(score / _heads.SoftCap) * _heads.SoftCap;
            }
            var positions = lanes + Vector512.Create(key);
            var seen =
                Vector512.GreaterThanOrEqual(positions, Vector512.Create(low))
                & Vector512.LessThan(positions, Vector512.Create(high));
            score = Vector512.ConditionalSelect(seen.AsSingle(), score, Vector512.Create(float.NegativeInfinity));
            score.Store(scores + key);
            largest = Vector512.Max(largest, score);
        }
        var maximum = VectorMath.Max(largest);
        var total = Vector512<float>.Zero;
        for (var key = from; key < to; key += Lanes)
        {
            var weight = VectorMath.Exp(Vector512.Load(scores + key) - Vector512.Create(maximum));
            weight.Store(scores + key);
            total += weight;
        }
        var shrink = MathF.Exp(query.Maximum - maximum);
        query.Maximum = maximum;
        query.Total = query.Total * shrink + Vector512.Sum(total);
        Shrink(_sums + index * _stride, shrink);
    }

    private readonly void Shrink(float* sums, float factor)
    {
        if (factor == 1)
        {
            return;
        }
        for (var d = 0; d < _stride; d += Lanes)
        {
            (Vector512.Load(sums + d) * factor).Store(sums + d);
        }
    }

    private readonly void Write(int index)
    {
        ref readonly var query = ref _about[index];
        var sums = _sums + index * _stride;
        for (var d = 0; d < _headSize; d++)
        {
            query.Output[d] = sums[d] / query.Total;
        }
    }

    private struct Query
    {
        // The first position that it sees, and its own, which is the last.
        public int First;
        public int Position;
        public float* Output;
        public float Maximum;
        public float Total;
    }
}
