using Tandem.Devices;
using Tandem.Loading;
using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Serving;

namespace Tandem.Tests.Serving;

/// <summary>A replica of a model in a file, with a cache of as many pages as asked for.</summary>
internal sealed class TestReplica : IDisposable
{
    private readonly WeightFile _file;

    public TestReplica(
        string path,
        SchedulerOptions options,
        CacheType cacheType = CacheType.F16,
        int threads = 2,
        Pooling? pooling = null
    )
    {
        _file = WeightFile.Open(path);
        var model = new LoadedModel(
            _file,
            new ModelOptions
            {
                Context = Math.Min(options.Context, options.Pages * options.PageLength),
                Threads = threads,
                CacheType = cacheType,
                StepRowsMax = options.StepTokensMax,
                SequencesMax = options.SequencesMax,
                SampledRowsMax = options.SequencesMax,
            },
            TimeProvider.System,
            null,
            TestContext.Current.CancellationToken
        );
        Assert.True(model.Cache.Pages >= options.Pages);
        Runner = new ModelRunner(
            model,
            pooling ?? PoolingReader.Read(_file.Header),
            options.Window,
            options.SequencesMax,
            20,
            TimeProvider.System
        );
        Replica = new Replica(new Scheduler(options), Runner, new PromptPacer(options.StepTokensMax, 2.5));
    }

    public Replica Replica { get; }

    public ModelRunner Runner { get; }

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
            var tokens = Replica.Step(out var result);
            answers?.Add(tokens, result!);
        }
    }

    public void Dispose()
    {
        Replica.Dispose();
        _file.Dispose();
    }
}
