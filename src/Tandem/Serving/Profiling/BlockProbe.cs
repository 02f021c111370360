using Tandem.Devices;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Planning.Profiles;
using Tandem.Plans;

namespace Tandem.Serving.Profiling;

/// <summary>What layers take beside their matrices: attention, activations on their way, and the meetings of a rank's threads.</summary>
internal sealed unsafe class BlockProbe : IDisposable
{
    private const int Layers = 16;
    private const int PositionsMax = 1024;
    private const int RowsMax = 512;

    // With many rows a layer takes long enough by itself, and as much memory as it does in a model.
    private const int LayersOfMany = 2;

    private readonly CpuDevice _device;
    private readonly ProbeClock _clock;
    private readonly int _width;
    private readonly int _feedForward;
    private readonly Heads _heads;
    private readonly Norm _norm;
    private readonly Tensor _hidden;
    private readonly Tensor _product;
    private readonly Tensor _queries;
    private readonly Tensor _keys;
    private readonly Tensor _gate;
    private readonly Tensor _up;
    private readonly Activation _input;
    private readonly Activation _attended;
    private readonly Activation _gated;
    private readonly PackedMatrix _matrix;
    private readonly KvLayer[] _caches;
    private readonly StepPlan _plan = new(RowsMax, 1, PositionsMax / KvLayer.PageLength);

    private BlockProbe(
        int width,
        int feedForward,
        int queryHeads,
        IReadOnlyList<int> cores,
        int units,
        ProbeClock clock
    )
    {
        const int HeadSize = 64;
        (_width, _feedForward, _clock) = (width, feedForward, clock);
        var arena = new Arena("the measurement of layers", long.MaxValue);
        _device = new CpuDevice(arena, units, cores, RowsMax, clock.Time);
        var group = Math.Min(4, queryHeads);
        _heads = new Heads
        {
            QueryHeads = queryHeads,
            KeyValueHeads = queryHeads / group,
            GroupSize = group,
            HeadSize = HeadSize,
            Rotary = null,
            Scale = 0.125f,
        };
        _norm = new Norm(new Tensor(arena, 1, width), 1e-5f);
        _hidden = new Tensor(arena, RowsMax, width);
        _product = new Tensor(arena, RowsMax, width);
        _queries = new Tensor(arena, RowsMax, queryHeads * HeadSize);
        _keys = new Tensor(arena, RowsMax, _heads.KeyValueHeads * HeadSize);
        _gate = new Tensor(arena, RowsMax, feedForward);
        _up = new Tensor(arena, RowsMax, feedForward);
        // What nobody has written is one page of zeros, which is always in the nearest cache.
        foreach (var tensor in new[] { _product, _queries, _keys, _gate, _up })
        {
            tensor.ReadAll().Fill(0.5f);
        }
        _input = new Activation(arena, RowsMax, width, ActivationFormats.Int8);
        _attended = new Activation(arena, RowsMax, queryHeads * HeadSize, ActivationFormats.Int8);
        _gated = new Activation(arena, RowsMax, feedForward, ActivationFormats.Int8);
        var kernels = new KernelSet(KernelChoice.Fastest, exactActivations: false);
        var kernel = kernels.For(FormatTable.ByName("Q8_0")!, cutsBlocks: false);
        _matrix = new PackedMatrix(kernel, PanelLayout.GroupRows, Tensor.PaddingColumns);
        _matrix.Data = arena.AllocateResident(_matrix.Bytes);
        var attention = kernels.Attention(new KvPage(CacheType.F16, HeadSize));
        // As a model's cache lies: a page has all layers.
        var layerBytes = KvLayer.PageBytes(CacheType.F16, _heads.KeyValueHeads, HeadSize);
        var memory = arena.AllocateResident(layerBytes * Layers * (PositionsMax / KvLayer.PageLength));
        _caches =
        [
            .. Enumerable
                .Range(0, Layers)
                .Select(layer => new KvLayer(
                    memory + layer * layerBytes,
                    layerBytes * Layers,
                    attention,
                    _heads.KeyValueHeads
                )),
        ];
    }

    /// <summary>A layer of a usual size.</summary>
    public static BlockProbe Usual(IReadOnlyList<int> cores, ProbeClock clock) => new(2048, 5632, 32, cores, 1, clock);

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
                _device.StoreHeads(_heads, null, _queries, _keys, _keys, cache);
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
        return _clock.Quartile(Step) / Layers * 1e6;
    }

    /// <summary>Nanoseconds for each number of an activation on its way through a layer.</summary>
    /// <param name="blockMicroseconds">What a layer takes when there is nothing to do.</param>
    public double NumberNanoseconds(double blockMicroseconds)
    {
        const int Rows = RowsMax;
        void Step()
        {
            Begin(Rows, 0);
            foreach (var cache in _caches.Take(LayersOfMany))
            {
                _device.StoreHeads(_heads, null, _queries, _keys, _keys, cache);
                _device.Finish(_product, null, 1, _hidden, _norm, _input);
                _device.Gate(GateKind.Silu, _gate, _up, _gated, Rows);
                _device.Finish(_product, null, 1, _hidden, _norm, _input);
            }
            _device.Wait();
        }
        _clock.WarmUp(Step);
        var seconds = _clock.Quartile(Step);
        // As ModelCost.ActivationNumbers counts them.
        var heads = 2L * _heads.QueryHeads + 2L * _heads.KeyValueHeads;
        var numbers = Rows * (4L * _width + heads * _heads.HeadSize + 3L * _feedForward);
        return Math.Max(0, seconds / LayersOfMany - blockMicroseconds * 1e-6) / numbers * 1e9;
    }

    /// <summary>Billions of multiply-adds a second in attention over a cache of a thousand positions, by how many queries read a key together.</summary>
    public IEnumerable<QueriesPoint> AttentionRates()
    {
        foreach (var rows in new[] { 1, 8, 64, 256 })
        {
            var layers = rows < 64 ? Layers : LayersOfMany;
            var first = PositionsMax - rows;
            void Step()
            {
                Begin(rows, first);
                foreach (var cache in _caches.Take(layers))
                {
                    _device.Attend(_heads, _queries, cache, _attended);
                }
                _device.Wait();
            }
            if (rows == 1)
            {
                _clock.WarmUp(Step);
            }
            var seconds = _clock.Quartile(Step);
            var seen = first + (rows + 1) * 0.5;
            var products = rows * seen * _heads.QueryHeads * _heads.HeadSize * 2 * layers;
            yield return new QueriesPoint(_heads.GroupSize * rows, products / seconds / 1e9);
        }
    }

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
