using Tandem.Devices;
using Tandem.Loading;
using Tandem.Models;
using Tandem.Plans;

namespace Tandem.Tests.Models;

/// <summary>A model on a device of its own, run token by token or in chunks, without scheduler or engine.</summary>
internal sealed class TestModel : IDisposable
{
    private const int RowsMax = 64;

    private readonly WeightFile _file;
    private readonly CpuDevice _device;
    private readonly Model _model;
    private readonly Step _step;
    private readonly KvCache _cache;
    private readonly int _pagesASequence;

    public TestModel(
        string path,
        bool exactActivations = false,
        int threads = 2,
        int sequences = 1,
        CacheType cache = CacheType.F32
    )
        : this(WeightFile.Open(path), exactActivations, threads, sequences, cache) { }

    public TestModel(
        WeightFile file,
        bool exactActivations = false,
        int threads = 2,
        int sequences = 1,
        CacheType cache = CacheType.F32
    )
    {
        _file = file;
        _device = new CpuDevice("cpu", threads, CpuTopology.PhysicalCores(), 1L << 30, RowsMax, TimeProvider.System);
        _model = ModelLoader.Load(_file, _device, 0, exactActivations, null, TestContext.Current.CancellationToken);
        _step = _model.NewStep(RowsMax);
        _pagesASequence = 4;
        _cache = new KvCache(_device.Arena, _model.Shape, cache, sequences * _pagesASequence);
    }

    public int Vocabulary => _model.Shape.Vocabulary;

    /// <summary>Logits of every token, [tokens, vocabulary], when the sequence comes in chunks of that size.</summary>
    public float[] Logits(IReadOnlyList<int> tokens, int chunk)
    {
        var logits = new List<float>();
        for (var first = 0; first < tokens.Count; first += chunk)
        {
            var rows = Math.Min(chunk, tokens.Count - first);
            logits.AddRange(Run([(0, first, [.. tokens.Skip(first).Take(rows)])]).SelectMany(row => row));
        }
        return [.. logits];
    }

    /// <summary>One step: each part is some tokens of a sequence from a position on; the logits of every row.</summary>
    public List<float[]> Run(IReadOnlyList<(int Sequence, int Position, int[] Tokens)> parts)
    {
        var plan = new StepPlan(RowsMax, parts.Count, parts.Count * _pagesASequence);
        foreach (var (sequence, position, tokens) in parts)
        {
            var index = plan.SegmentCount++;
            for (var page = 0; page < _pagesASequence; page++)
            {
                // Backwards, so that a page's number is never its position.
                plan.Pages[index * _pagesASequence + page] = (sequence + 1) * _pagesASequence - 1 - page;
            }
            plan.Segments[index] = new StepSegment
            {
                Sequence = sequence,
                Slot = sequence,
                FirstRow = plan.Rows,
                Rows = tokens.Length,
                FirstPosition = position,
                FirstPage = index * _pagesASequence,
                PageCount = _pagesASequence,
                SampledRows = tokens.Length,
                Sampling = SamplingParameters.Greedy,
            };
            tokens.CopyTo(plan.TokenIds, plan.Rows);
            plan.Rows += tokens.Length;
        }
        _model.Forward(plan, _step, _cache);
        return [.. Enumerable.Range(0, plan.Rows).Select(row => _step.Logits.Read(row).ToArray())];
    }

    /// <summary>The ids that greedy decoding adds to a prompt, up to one that ends it.</summary>
    public List<int> Greedy(IReadOnlyList<int> prompt, int count, int? end = null)
    {
        var ids = new List<int>(prompt);
        var logits = Logits(prompt, RowsMax)[^Vocabulary..];
        for (var i = 0; i < count; i++)
        {
            ids.Add(Array.IndexOf(logits, logits.Max()));
            if (ids[^1] == end)
            {
                break;
            }
            logits = Run([(0, ids.Count - 1, [ids[^1]])])[0];
        }
        return ids[prompt.Count..];
    }

    public void Dispose()
    {
        _device.Dispose();
        _file.Dispose();
    }
}
