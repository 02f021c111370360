using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>
/// Queries on their way through the pages, those of a key head behind each other; a page's heads are read in the order in which they
/// lie. A query's score with a key adds its dimensions in order; a page's values are added in order of position: so a query's
/// result does not depend on the others.
/// </summary>
internal unsafe ref struct AttendTile
{
    private const int Page = KvPage.Length;
    private const int Lanes = 16;

    // Tiles have a multiple of so many queries, unless rows are few; no kernel takes more together.
    private const int Eight = 8;

    // The scratch of a tile lies on the stack, and what a page's keys and values meet should lie in the nearest caches.
    private const int QueryFloats = 4096;

    private readonly Heads _heads;
    private readonly KvLayer _layer;
    private readonly AttentionKernel _kernel;
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
    /// <param name="scratch">As many bytes as <see cref="ScratchBytes"/> says, aligned to 64.</param>
    public AttendTile(Heads heads, KvLayer layer, byte* scratch)
    {
        (_heads, _layer, _kernel) = (heads, layer, layer.Kernel);
        (_headSize, _stride) = (_kernel.Page.HeadSize, _kernel.Page.ValueStride);
        var queries = QueriesMax(_headSize);
        _scores = (float*)scratch;
        _sums = _scores + Eight * Page;
        _queries = _sums + queries * _stride;
        _about = (Query*)(_queries + queries * _headSize);
        _wideKeys = (float*)(_about + queries);
        _wideValues = _wideKeys + Page * _headSize;
    }

    /// <summary>The most queries of a tile; a multiple of those that are computed together.</summary>
    public static int QueriesMax(int headSize) => Math.Max(Eight, QueryFloats / headSize / Eight * Eight);

    /// <summary>How many queries a head's become where a kernel takes only so many together.</summary>
    public static int Filled(int queries, AttentionKernel kernel) =>
        (queries + kernel.QueriesStep - 1) / kernel.QueriesStep * kernel.QueriesStep;

    /// <summary>Bytes of scratch that a tile needs.</summary>
    public static int ScratchBytes(KvLayer layer)
    {
        var page = layer.Kernel.Page;
        var queries = QueriesMax(page.HeadSize);
        var widened = layer.Kernel.Wide is null ? 0 : Page;
        var floats = (widened + queries) * (page.HeadSize + page.ValueStride) + Eight * Page;
        return floats * sizeof(float) + queries * sizeof(Query);
    }

    /// <summary>Whether there is no room for another query.</summary>
    public readonly bool IsFull => _count == QueriesMax(_headSize);

    /// <summary>Adds a query, [HeadSize], and where its result goes: null for nowhere.</summary>
    public void Add(int head, float* query, int position, float* output)
    {
        var first = _heads.Window > 0 ? Math.Max(0, position - _heads.Window + 1) : 0;
        _about[_count] = new Query
        {
            Head = head,
            First = first,
            Position = position,
            Output = output,
            Maximum = float.NegativeInfinity,
        };
        Buffer.MemoryCopy(query, _queries + _count * _headSize, _headSize * sizeof(float), _headSize * sizeof(float));
        new Span<float>(_sums + _count * _stride, _stride).Clear();
        _count++;
    }

    /// <summary>Says that no further query of the last one's head comes: where a kernel takes only so many together, that one fills up.</summary>
    public void EndHead()
    {
        while (_count % _kernel.QueriesStep != 0)
        {
            var last = _about[_count - 1];
            Add(last.Head, _queries + (_count - 1) * _headSize, last.Position, null);
        }
    }

    /// <summary>Leads the queries through all pages that they see, writes their results, and is empty again.</summary>
    /// <param name="index">Where pages are.</param>
    /// <param name="segment">The segment whose rows the queries are.</param>
    public void Walk(StepIndex index, int segment)
    {
        var (first, last) = (_about[0].First, _about[0].Position);
        for (var i = 1; i < _count; i++)
        {
            (first, last) = (Math.Min(first, _about[i].First), Math.Max(last, _about[i].Position));
        }
        var lastPage = last / Page;
        for (var page = first / Page; page <= lastPage; page++)
        {
            var next = Math.Min(page + 1, lastPage);
            Attend(index.Page(segment, page * Page), index.Page(segment, next * Page), page * Page);
        }
        for (var i = 0; i < _count; i++)
        {
            Write(i);
        }
        _count = 0;
    }

    private void Attend(int page, int nextPage, int pagePosition)
    {
        for (var (query, end) = (0, 0); query < _count; query = end)
        {
            var head = _about[query].Head;
            while (end < _count && _about[end].Head == head)
            {
                end++;
            }
            var ahead = end < _count ? _layer.Keys(page, _about[end].Head) : _layer.Keys(nextPage, _about[0].Head);
            Attend(_layer.Keys(page, head), _layer.Values(page, head), query, end, pagePosition, ahead);
        }
    }

    // The queries of a head.
    private void Attend(byte* keys, byte* values, int first, int end, int pagePosition, byte* ahead)
    {
        var kernel = _kernel;
        if (end - first > kernel.QueriesMax && kernel.Wide is { } wide)
        {
            kernel.Page.WidenKeys(keys, _wideKeys);
            kernel.Page.WidenValues(values, _wideValues);
            kernel = wide;
            keys = (byte*)_wideKeys;
            values = (byte*)_wideValues;
        }
        for (var query = first; query < end; )
        {
            var together = Math.Min(kernel.QueriesMax, end - query);
            Attend(kernel, query, together, pagePosition, keys, values, ahead);
            query += together;
        }
    }

    private void Attend(
        AttentionKernel kernel,
        int query,
        int together,
        int pagePosition,
        byte* keys,
        byte* values,
        byte* ahead
    )
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
        var product = new PageProduct
        {
            Page = keys,
            Input = _queries + query * _headSize,
            Output = _scores,
            Queries = together,
            First = from,
            End = to,
            Ahead = values,
        };
        kernel.Score(product, _heads.Scale);
        for (var i = 0; i < together; i++)
        {
            Weigh(query + i, _scores + i * Page, pagePosition, from / Lanes * Lanes, to);
        }
        product.Page = values;
        product.Input = _scores;
        product.Output = _sums + query * _stride;
        product.Ahead = ahead;
        kernel.AddValues(product);
    }

    private static (int Low, int High) Seen(in Query query, int pagePosition) =>
        (Math.Max(0, query.First - pagePosition), Math.Min(Page, query.Position + 1 - pagePosition));

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
        if (low > from || high < to || to % Lanes != 0 || _heads.SoftCap > 0)
        {
            Limit(scores, from, to, low, high);
        }
        var largest = Vector512.Create(query.Maximum);
        for (var key = from; key < to; key += Lanes)
        {
            largest = Vector512.MaxNative(largest, Vector512.Load(scores + key));
        }
        var maximum = VectorMath.Max(largest);
        var total = Vector512<float>.Zero;
        for (var key = from; key < to; key += Lanes)
        {
            var weight = VectorMath.Exp(Vector512.Load(scores + key) - Vector512.Create(maximum));
            weight.Store(scores + key);
            total += weight;
        }
        var shrink = query.Maximum == maximum ? 1 : MathF.Exp(query.Maximum - maximum);
        query.Maximum = maximum;
        query.Total = query.Total * shrink + Vector512.Sum(total);
        Shrink(_sums + index * _stride, shrink);
    }

    // Scores within the model's limit, and of keys that a query does not see −∞.
    private readonly void Limit(float* scores, int from, int to, int low, int high)
    {
        var lanes = Vector512.CreateSequence(0, 1);
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
            Vector512
                .ConditionalSelect(seen.AsSingle(), score, Vector512.Create(float.NegativeInfinity))
                .Store(scores + key);
        }
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
        if (query.Output is null)
        {
            return;
        }
        var sums = _sums + index * _stride;
        var d = 0;
        for (; d + Lanes <= _headSize; d += Lanes)
        {
            (Vector512.Load(sums + d) / query.Total).Store(query.Output + d);
        }
        for (; d < _headSize; d++)
        {
            query.Output[d] = sums[d] / query.Total;
        }
    }

    private struct Query
    {
        public int Head;

        // The first position that it sees, and its own, which is the last.
        public int First;
        public int Position;
        public float* Output;
        public float Maximum;
        public float Total;
    }
}
