using Tandem.Kernels;
using Tandem.Loading;
using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Serving;
using Tandem.Serving.Speculation;

namespace Tandem.Tests.Serving;

/// <summary>A replica of a model in a file, with a cache of as many pages as asked for.</summary>
internal sealed class TestReplica : IDisposable
{
    private readonly WeightFile _file;
    private readonly LoadedModel _model;

    public TestReplica(
        string path,
        SchedulerOptions options,
        CacheType cacheType = CacheType.F16,
        int threads = 2,
        Pooling? pooling = null,
        PlanRequest? plan = null,
        bool wholeLogits = true,
        bool speculates = false
    )
    {
        _file = WeightFile.Open(path);
        var model = new LoadedModel(
            _file,
            new ModelOptions
            {
                Context = Math.Min(options.Context, options.Pages * options.PageLength),
                Threads = threads,
                Plan = plan ?? new PlanRequest { Threads = threads },
                CacheType = cacheType,
                StepRowsMax = options.StepTokensMax,
                SequencesMax = options.SequencesMax,
                SampledRowsMax = options.SampledRowsMax,
                WholeLogits = wholeLogits,
            },
            TimeProvider.System,
            null,
            TestContext.Current.CancellationToken
        );
        _model = model;
        Assert.True(model.Plan.CachePages >= options.Pages);
        var shape = model.Shape;
        Runner = new ModelRunner(
            model.Replicas[0],
            new SamplingReader(
                shape,
                model.Plan.CachePages,
                pooling ?? PoolingReader.Read(_file.Header),
                options.Window,
                options.SampledRowsMax
            ),
            () => new StepResult(options.SampledRowsMax, 20, shape.Width),
            TimeProvider.System
        );
        options = options with { Depth = Runner.Depth };
        var scheduler = new Scheduler(options);
        var speculator = speculates
            ? new Speculator(scheduler, new LookupProposer(options.SequencesMax), options.SequencesMax)
            : null;
        Replica = new Replica(scheduler, Runner, new PromptPacer(options.StepTokensMax, 2.5), speculator);
    }

    public Replica Replica { get; }

    public ModelRunner Runner { get; }

    /// <summary>Rank 0 of the last stage.</summary>
    public Worker Last => _model.Replicas[0][^1].Workers[0];

    /// <summary>Guesses at the next tokens of the sequences that are about to generate; nobody but a test's own.</summary>
    public Func<Sequence, int[]>? Guesses { get; set; }

    /// <summary>Adds a sequence.</summary>
    public Sequence Add(int[] prompt, int generatedMax, SamplingParameters? sampling = null, bool embed = false)
    {
        var sequence = new Sequence(prompt, generatedMax, sampling ?? SamplingParameters.Greedy) { Embed = embed };
        Replica.Scheduler.Add(sequence, TimeSpan.Zero);
        return sequence;
    }

    /// <summary>Steps until everyone has finished.</summary>
    public void Finish(Answers? answers = null)
    {
        while (Replica.Scheduler.HasWork)
        {
            var sequence = Guesses is null ? null : Replica.Scheduler.Ready.First;
            for (; sequence is not null; sequence = sequence.Next)
            {
                sequence.Propose(Guesses!(sequence));
            }
            var tokens = Replica.Step(out var result);
            answers?.Add(tokens, result!);
        }
    }

    public void Dispose()
    {
        Replica.Dispose();
        _model.ReleaseWeights();
        _file.Dispose();
    }
}
