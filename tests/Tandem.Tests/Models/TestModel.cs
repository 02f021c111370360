using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Loading;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Tests.Models;

/// <summary>A model on a device of its own, run token by token or in chunks, without scheduler or engine.</summary>
internal sealed class TestModel : IDisposable
{
    private const int RowsMax = 64;

    private const int PagesASequence = 4;

    private readonly WeightFile _file;
    private readonly LoadedModel _model;
    private readonly ModelRunner _runner;
    private readonly RowReader _reader = new();

    public TestModel(
        string path,
        bool exactActivations = false,
        int threads = 2,
        int sequences = 1,
        CacheType cache = CacheType.F32,
        PlanRequest? plan = null,
        int replica = 0,
        WorkerTrial? trial = null
    )
        : this(WeightFile.Open(path), exactActivations, threads, sequences, cache, plan, replica, trial) { }

    public TestModel(
        WeightFile file,
        bool exactActivations = false,
        int threads = 2,
        int sequences = 1,
        CacheType cache = CacheType.F32,
        PlanRequest? plan = null,
        int replica = 0,
        WorkerTrial? trial = null
    )
    {
        _file = file;
        var options = new ModelOptions
        {
            Context = PagesASequence * KvLayer.PageLength,
            Plan = plan ?? new PlanRequest { Threads = threads },
            CacheType = cache,
            ExactActivations = exactActivations,
            StepRowsMax = RowsMax,
            SequencesMax = sequences,
            SampledRowsMax = RowsMax,
            Trial = trial,
        };
        _model = new LoadedModel(file, options, TimeProvider.System, null, TestContext.Current.CancellationToken);
        Assert.True(_model.Plan.CachePages >= sequences * PagesASequence);
        _runner = new ModelRunner(_model.Replicas[replica], _reader, () => new StepResult(0, 0), TimeProvider.System);
    }

    public int Vocabulary => _model.Shape.Vocabulary;

    /// <summary>Who has what.</summary>
    public Plan Plan => _model.Plan;

    /// <summary>The workers of the first copy.</summary>
    public IReadOnlyList<Worker> Workers => [.. _model.Replicas[0].SelectMany(stage => stage.Workers)];

    /// <summary>Bytes that its workers have allocated.</summary>
    public long AllocatedBytes => _model.AllocatedBytes;

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
        var plan = new StepPlan(RowsMax, parts.Count, parts.Count * PagesASequence);
        foreach (var (sequence, position, tokens) in parts)
        {
            var index = plan.SegmentCount++;
            for (var page = 0; page < PagesASequence; page++)
            {
                // Backwards, so that a page's number is never its position.
                plan.Pages[index * PagesASequence + page] = (sequence + 1) * PagesASequence - 1 - page;
            }
            plan.Segments[index] = new StepSegment
            {
                Sequence = sequence,
                Slot = sequence,
                FirstRow = plan.Rows,
                Rows = tokens.Length,
                FirstPosition = position,
                FirstPage = index * PagesASequence,
                PageCount = PagesASequence,
                SampledRows = tokens.Length,
                Sampling = SamplingParameters.Greedy,
            };
            tokens.CopyTo(plan.TokenIds, plan.Rows);
            plan.Rows += tokens.Length;
        }
        _runner.Submit(plan);
        _ = _runner.Receive();
        return _reader.TakeRows();
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
        _runner.Dispose();
        _model.Dispose();
        _file.Dispose();
    }

    private sealed class RowReader : IStepReader
    {
        private List<float[]> _rows = [];

        public void Read(StepPlan plan, Worker worker, StepResult result) =>
            _rows.AddRange(Enumerable.Range(0, plan.Rows).Select(row => worker.Step.Logits.Read(row).ToArray()));

        public List<float[]> TakeRows()
        {
            var rows = _rows;
            _rows = [];
            return rows;
        }
    }
}
