using System.Runtime.CompilerServices;
using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>
/// Four queries that share keys and values, on their way through the pages. A query's score with a key adds its
/// dimensions in order; a page's values are added in order of position.
/// </summary>
internal unsafe ref struct AttendBatch
{
    /// <summary>Queries that walk together: a key or value is loaded and widened once for them.</summary>
    public const int Queries = 4;

    private const int Page = KvLayer.PageLength;
    private const int Lanes = 16;

    private readonly Heads _heads;
    private readonly KvLayer _layer;
    private readonly int _head;
    private readonly float* _queries;
    private readonly float* _scores;
    private readonly float* _sums;
    private readonly float* _maxima;
    private readonly float* _totals;
    private fixed int _positions[Queries];
    private fixed long _outputs[Queries];

    public AttendBatch(Heads heads, KvLayer layer, int head, float* scratch)
    {
        _heads = heads;
        _layer = layer;
        _head = head;
        _queries = scratch;
        _scores = _queries + Queries * layer.HeadSize;
        _sums = _scores + Queries * Page;
        _maxima = _sums + Queries * layer.ValueStride;
        _totals = _maxima + Queries;
    }

    /// <summary>Scratch that a batch needs, in floats.</summary>
    public static int ScratchFloats(int headSize, int valueStride) => Queries * (headSize + Page + valueStride + 2);

    /// <summary>The last position that any of the queries sees.</summary>
    public readonly int LastPosition =>
        Math.Max(Math.Max(_positions[0], _positions[1]), Math.Max(_positions[2], _positions[3]));

    /// <summary>The first position that any of the queries sees.</summary>
    public readonly int FirstPosition => Math.Min(Math.Min(First(0), First(1)), Math.Min(First(2), First(3)));

    /// <summary>Sets one of the queries, [HeadSize], and where its result goes.</summary>
    public void Begin(int index, float* query, int position, float* output)
    {
        _positions[index] = position;
        _outputs[index] = (long)output;
        for (var d = 0; d < _heads.HeadSize; d++)
        {
            _queries[index * _heads.HeadSize + d] = query[d];
        }
        _maxima[index] = float.NegativeInfinity;
        _totals[index] = 0;
        new Span<float>(_sums + index * _layer.ValueStride, _layer.ValueStride).Clear();
    }

    /// <summary>Adds what the queries see of a page; its first key is at <paramref name="pagePosition"/>.</summary>
    public void Attend(int page, int pagePosition)
    {
        Score(_layer.Keys(page, _head));
        var (from, to) = (Page, 0);
        for (var i = 0; i < Queries; i++)
        {
            var low = Math.Max(0, First(i) - pagePosition);
            var high = Math.Min(Page, _positions[i] + 1 - pagePosition);
            Weigh(i, low, high);
            if (low < high)
            {
                (from, to) = (Math.Min(from, low), Math.Max(to, high));
            }
        }
        for (var d = 0; d < _layer.ValueStride; d += 2 * Lanes)
        {
            AddValues(_layer.Values(page, _head), d, from, to);
        }
    }

    /// <summary>Writes the results.</summary>
    public readonly void End()
    {
        for (var i = 0; i < Queries; i++)
        {
            var output = (float*)_outputs[i];
            for (var d = 0; d < _heads.HeadSize; d++)
            {
                output[d] = _sums[i * _layer.ValueStride + d] / _totals[i];
            }
        }
    }

    private readonly int First(int index) => _heads.Window > 0 ? Math.Max(0, _positions[index] - _heads.Window + 1) : 0;

    private readonly void Score(byte* keys)
    {
        for (var key = 0; key < Page; key += 2 * Lanes)
        {
            var (a0, a1, a2, a3) = (
                Vector512<float>.Zero,
                Vector512<float>.Zero,
                Vector512<float>.Zero,
                Vector512<float>.Zero
            );
            var (b0, b1, b2, b3) = (a0, a0, a0, a0);
            var query = _queries;
            for (var d = 0; d < _heads.HeadSize; d++, query++)
            {
                var a = KvLayer.Load(_layer.Type, keys, d * Page + key);
                var b = KvLayer.Load(_layer.Type, keys, d * Page + key + Lanes);
                var (q0, q1) = (Vector512.Create(query[0]), Vector512.Create(query[_heads.HeadSize]));
                var (q2, q3) = (
                    Vector512.Create(query[2 * _heads.HeadSize]),
                    Vector512.Create(query[3 * _heads.HeadSize])
                );
                a0 = Vector512.FusedMultiplyAdd(a, q0, a0);
                a1 = Vector512.FusedMultiplyAdd(a, q1, a1);
                a2 = Vector512.FusedMultiplyAdd(a, q2, a2);
                a3 = Vector512.FusedMultiplyAdd(a, q3, a3);
                b0 = Vector512.FusedMultiplyAdd(b, q0, b0);
                b1 = Vector512.FusedMultiplyAdd(b, q1, b1);
                b2 = Vector512.FusedMultiplyAdd(b, q2, b2);
                b3 = Vector512.FusedMultiplyAdd(b, q3, b3);
            }
            StorePair(0, key, a0, b0);
            StorePair(1, key, a1, b1);
            StorePair(2, key, a2, b2);
            StorePair(3, key, a3, b3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void StorePair(int query, int key, Vector512<float> a, Vector512<float> b)
    {
        (a * _heads.Scale).Store(_scores + query * Page + key);
        (b * _heads.Scale).Store(_scores + query * Page + key + Lanes);
    }

    // Turns the scores of the keys from low to before high into weights, the others into zeros.
    private readonly void Weigh(int index, int low, int high)
    {
        var scores = _scores + index * Page;
        if (low >= high)
        {
            new Span<float>(scores, Page).Clear();
            return;
        }
        var lanes = Vector512.CreateSequence(0, 1);
        var largest = Vector512.Create(_maxima[index]);
        for (var key = 0; key < Page; key += Lanes)
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
        for (var key = 0; key < Page; key += Lanes)
        {
            var weight = VectorMath.Exp(Vector512.Load(scores + key) - Vector512.Create(maximum));
            weight.Store(scores + key);
            total += weight;
        }
        var shrink = MathF.Exp(_maxima[index] - maximum);
        _maxima[index] = maximum;
        _totals[index] = _totals[index] * shrink + Vector512.Sum(total);
        Shrink(_sums + index * _layer.ValueStride, shrink);
    }

    private readonly void Shrink(float* sums, float factor)
    {
        if (factor == 1)
        {
            return;
        }
        for (var d = 0; d < _layer.ValueStride; d += Lanes)
        {
            (Vector512.Load(sums + d) * factor).Store(sums + d);
        }
    }

    private readonly void AddValues(byte* values, int d, int from, int to)
    {
        var stride = _layer.ValueStride;
        var s0 = _sums + d;
        var s1 = s0 + stride;
        var s2 = s1 + stride;
        var s3 = s2 + stride;
        var (a0, b0) = (Vector512.Load(s0), Vector512.Load(s0 + Lanes));
        var (a1, b1) = (Vector512.Load(s1), Vector512.Load(s1 + Lanes));
        var (a2, b2) = (Vector512.Load(s2), Vector512.Load(s2 + Lanes));
        var (a3, b3) = (Vector512.Load(s3), Vector512.Load(s3 + Lanes));
        for (var key = from; key < to; key++)
        {
            var a = KvLayer.Load(_layer.Type, values, key * stride + d);
            var b = KvLayer.Load(_layer.Type, values, key * stride + d + Lanes);
            var (w0, w1) = (Vector512.Create(_scores[key]), Vector512.Create(_scores[Page + key]));
            var (w2, w3) = (Vector512.Create(_scores[2 * Page + key]), Vector512.Create(_scores[3 * Page + key]));
            a0 = Vector512.FusedMultiplyAdd(a, w0, a0);
            b0 = Vector512.FusedMultiplyAdd(b, w0, b0);
            a1 = Vector512.FusedMultiplyAdd(a, w1, a1);
            b1 = Vector512.FusedMultiplyAdd(b, w1, b1);
            a2 = Vector512.FusedMultiplyAdd(a, w2, a2);
            b2 = Vector512.FusedMultiplyAdd(b, w2, b2);
            a3 = Vector512.FusedMultiplyAdd(a, w3, a3);
            b3 = Vector512.FusedMultiplyAdd(b, w3, b3);
        }
        a0.Store(s0);
        b0.Store(s0 + Lanes);
        a1.Store(s1);
        b1.Store(s1 + Lanes);
        a2.Store(s2);
        b2.Store(s2 + Lanes);
        a3.Store(s3);
        b3.Store(s3 + Lanes);
    }
}
