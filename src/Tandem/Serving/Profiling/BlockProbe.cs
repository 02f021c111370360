using Tandem.Devices;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Plans;

namespace Tandem.Serving.Profiling;

/// <summary>What layers take beside their matrices: attention, activations on their way, and the meetings of a rank's threads.</summary>
internal sealed unsafe class BlockProbe : IDisposable
{
    private const int HeadSize = 64;
    private const int PositionsMax = 1024;

    // So many that no cache holds the keys and values of all of them.
    private const int Layers = 64;

    private const int RowsMax = 512;

    // Positions whose keys have no cache line in common, in one page after the other: each comes again when all memory has been gone through.
    private const int StoredApart = KvLayer.PageLength + KvLayer.PageLength / 2;

    // Query heads that share a key head, as models have them; with many rows it does not matter how many.
    private static readonly int[] s_groups = [1, 2, 4, 8];
    private const int UsualGroup = 4;

    // With many rows a layer takes long enough by itself, and as much memory as it does in a model.
    private const int LayersOfMany = 2;

    private readonly CpuDevice _device;
    private readonly ProbeClock _clock;
    private readonly int _width;
    private readonly int _feedForward;
    private readonly int _keyHeads;
    private readonly Heads _heads;
    private readonly Norm _norm;
    private readonly Tensor _hidden;
    private readonly Tensor _product;
    private readonly Tensor _queries;
    private readonly Tensor _keys;
    private readonly Tensor _angles;
    private readonly Tensor _gate;
    private readonly Tensor _up;
    private readonly Activation _input;
    private readonly Activation _attended;
    private readonly Activation _gated;
    private readonly PackedMatrix _matrix;
    private readonly KvLayer[] _caches;
    private readonly StepPlan _plan = new(RowsMax, 1, PositionsMax / KvLayer.PageLength);

    private BlockProbe(int width, int feedForward, int keyHeads, IReadOnlyList<int> cores, int units, ProbeClock clock)
    {
        (_width, _feedForward, _keyHeads, _clock) = (width, feedForward, keyHeads, clock);
        var arena = new Arena("the measurement of layers", long.MaxValue);
        _device = new CpuDevice(arena, units, cores, RowsMax, clock.Time);
        var headNorm = new Norm(new Tensor(arena, 1, HeadSize), 1e-5f);
        var frequencies = Enumerable.Range(0, HeadSize / 2).Select(pair => Math.Pow(10_000, -2.0 * pair / HeadSize));
        _heads = HeadsOf(keyHeads > 1 ? UsualGroup : 1) with
        {
            QueryNorm = headNorm,
            KeyNorm = headNorm,
            Rotary = new Rotary { Frequencies = [.. frequencies], Halves = true },
        };
        _norm = new Norm(new Tensor(arena, 1, width), 1e-5f);
        _hidden = new Tensor(arena, RowsMax, width);
        _product = new Tensor(arena, RowsMax, width);
        var queryColumns = keyHeads * s_groups[^1] * HeadSize;
        _queries = new Tensor(arena, RowsMax, queryColumns);
        _keys = new Tensor(arena, RowsMax, keyHeads * HeadSize);
        _angles = new Tensor(arena, RowsMax, HeadSize);
        _gate = new Tensor(arena, RowsMax, feedForward);
        _up = new Tensor(arena, RowsMax, feedForward);
        // What nobody has written is one page of zeros, which is always in the nearest cache.
        foreach (var tensor in new[] { _product, _queries, _keys, _angles, _gate, _up })
        {
            tensor.ReadAll().Fill(0.5f);
        }
        _input = new Activation(arena, RowsMax, width, ActivationFormats.Int8);
        _attended = new Activation(arena, RowsMax, queryColumns, ActivationFormats.Int8);
        _gated = new Activation(arena, RowsMax, feedForward, ActivationFormats.Int8);
        var kernels = new KernelSet(KernelChoice.Fastest, exactActivations: false);
        var kernel = kernels.For(FormatTable.ByName("Q8_0")!, cutsBlocks: false);
        _matrix = new PackedMatrix(kernel, PanelLayout.GroupRows, Tensor.PaddingColumns);
        _matrix.Data = arena.AllocateResident(_matrix.Bytes);
        var attention = kernels.Attention(new KvPage(CacheType.F16, HeadSize));
        // As a model's cache lies: a page has all layers.
        var layerBytes = KvLayer.PageBytes(CacheType.F16, keyHeads, HeadSize);
        var memory = arena.AllocateResident(layerBytes * Layers * (PositionsMax / KvLayer.PageLength));
        _caches =
        [
            .. Enumerable
                .Range(0, Layers)
                .Select(layer => new KvLayer(memory + layer * layerBytes, layerBytes * Layers, attention)),
        ];
    }

    /// <summary>A layer of a usual size.</summary>
    public static BlockProbe Usual(IReadOnlyList<int> cores, ProbeClock clock) => new(2048, 5632, 8, cores, 1, clock);

    /// <summary>A layer of which nothing is left but its meetings.</summary>
    public static BlockProbe Smallest(IReadOnlyList<int> cores, int units, ProbeClock clock) =>
        new(64, 64, 1, cores, units, clock);

    /// <summary>Microseconds of a layer in which there is nothing to do.</summary>
    public double BlockMicroseconds()
    {
        void Step()
        {
            Begin(1, 0);
            foreach (var cache in _caches)
            {
                Multiply(3, _input);
                _device.StoreHeads(_heads, _angles, _queries, _keys, _keys, cache);
                _device.Attend(_heads, _queries, cache, _attended);
                Multiply(1, _attended);
                _device.Finish(_product, null, 1, _hidden, _norm, _input);
                Multiply(2, _input);
                _device.Gate(GateKind.Silu, _gate, _up, _gated, 1);
                Multiply(1, _gated);
                _device.Finish(_product, null, 1, _hidden, _norm, _input);
            }
            _device.Wait();
        }
        _clock.WarmUp(Step);
        return _clock.Seconds(Step) / Layers * 1e6;
    }

    /// <summary>Nanoseconds for each number of an activation on its way through a layer, beside the heads of attention.</summary>
    public double NumberNanoseconds() =>
        // As ModelCost.StreamNumbers and FeedForwardNumbers count them.
        Nanoseconds(
            4L * _width + 3L * _feedForward,
            _ =>
            {
                _device.Finish(_product, null, 1, _hidden, _norm, _input);
                _device.Gate(GateKind.Silu, _gate, _up, _gated, RowsMax);
                _device.Finish(_product, null, 1, _hidden, _norm, _input);
            }
        );

    // As ModelCost.HeadNumbers counts them.
    private long HeadNumbers => (2L * _heads.QueryHeads + 2L * _heads.KeyValueHeads) * HeadSize;

    /// <summary>Nanoseconds for each number of the heads of attention, which are normalised, turned and stored.</summary>
    public double HeadNumberNanoseconds() => Nanoseconds(HeadNumbers, Store);

    /// <summary>Nanoseconds for each number of a key that is stored by itself, beside those for each number of the heads.</summary>
    public double KeyNanoseconds(double headNumberNanoseconds)
    {
        var position = 0;
        void Step()
        {
            Begin(1, position);
            position = (position + StoredApart) % PositionsMax;
            foreach (var cache in _caches)
            {
                Store(cache);
            }
            _device.Wait();
        }
        _clock.WarmUp(Step);
        var nanoseconds = _clock.Seconds(Step) / Layers * 1e9 - HeadNumbers * headNumberNanoseconds;
        return Math.Max(0, nanoseconds / (_heads.KeyValueHeads * HeadSize));
    }

    private void Store(KvLayer cache) => _device.StoreHeads(_heads, _angles, _queries, _keys, _keys, cache);

    private double Nanoseconds(long numbersARow, Action<KvLayer> layer)
    {
        void Step()
        {
            Begin(RowsMax, 0);
            foreach (var cache in _caches.Take(LayersOfMany))
            {
                layer(cache);
            }
            _device.Wait();
        }
        _clock.WarmUp(Step);
        return _clock.Seconds(Step) / (LayersOfMany * numbersARow * RowsMax) * 1e9;
    }

    /// <summary>Billions of multiply-adds a second in attention over a cache of a thousand positions, by how many queries read a key together.</summary>
    public IEnumerable<QueriesPoint> AttentionRates()
    {
        _clock.WarmUp(() => Attend(HeadsOf(UsualGroup), 1, Layers));
        foreach (var group in s_groups)
        {
            yield return new QueriesPoint(group, AttentionRate(HeadsOf(group), 1, Layers));
        }
        foreach (var rows in new[] { 8, 64, 256 })
        {
            yield return new QueriesPoint(UsualGroup * rows, AttentionRate(HeadsOf(UsualGroup), rows, LayersOfMany));
        }
    }

    private double AttentionRate(Heads heads, int rows, int layers)
    {
        var seen = BlockCost.Computed(PositionsMax - (rows - 1) * 0.5, rows);
        var seconds = _clock.Seconds(() => Attend(heads, rows, layers));
        return rows * seen * heads.QueryHeads * HeadSize * 2 * layers / seconds / 1e9;
    }

    private void Attend(Heads heads, int rows, int layers)
    {
        Begin(rows, PositionsMax - rows);
        foreach (var cache in _caches.Take(layers))
        {
            _device.Attend(heads, _queries, cache, _attended);
        }
        _device.Wait();
    }

    private Heads HeadsOf(int group) =>
        new()
        {
            QueryHeads = _keyHeads * group,
            KeyValueHeads = _keyHeads,
            GroupSize = group,
            HeadSize = HeadSize,
            Rotary = null,
            Scale = 0.125f,
        };

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    private void Multiply(int times, Activation input)
    {
        for (var i = 0; i < times; i++)
        {
            _device.Multiply(_matrix, null, input, _product, 1);
        }
    }

    private void Begin(int rows, int firstPosition)
    {
        var pages = (firstPosition + rows - 1) / KvLayer.PageLength + 1;
        (_plan.Rows, _plan.SegmentCount) = (rows, 1);
        _plan.Segments[0] = new StepSegment
        {
            Rows = rows,
            FirstPosition = firstPosition,
            PromptLength = PositionsMax,
            PageCount = pages,
        };
        for (var page = 0; page < pages; page++)
        {
            _plan.Pages[page] = page;
        }
        _device.Begin(_plan);
    }
}
