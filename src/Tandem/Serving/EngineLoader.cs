using Tandem.Devices;
using Tandem.Loading;
using Tandem.Parallel;
using Tandem.Scheduling;
using Tandem.Serving.Processes;
using Tandem.Serving.Simulation;
using Tandem.Serving.Speculation;
using Tandem.Text;

namespace Tandem.Serving;

/// <summary>Makes an engine: file, vocabulary, model, scheduler, loop.</summary>
internal static class EngineLoader
{
    /// <summary>An engine that is ready.</summary>
    /// <exception cref="InputException">The options contradict each other, the file makes no sense, or the memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Engine Load(EngineOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        options.Check();
        using var file = options.Model is { } path ? WeightFile.Open(path) : BuiltInModel.Open();
        // What can be wrong with the file is found before the weights are read.
        var sampling = SamplingDefaults.From(file.Header);
        var pooling = PoolingReader.Read(file.Header);
        if (options.Draft is { } draftPath)
        {
            DraftModel.RequireSameVocabulary(draftPath, file.Header);
        }
        var decision = Planner.Decide(file.Header, options, options.Processes is not null);
        options = Planner.Settled(options, decision);
        var forecast = Forecast.Of(file.Header, options, decision);
        var output = new StepOutput
        {
            SampledRowsMax = options.SequencesMax + ProposalsMaxOf(options),
            TopLogProbabilitiesMax = options.TopLogProbabilitiesMax,
            Pooling = pooling,
        };
        var (tokenizer, model) = LoadParts(file, options, output, progress, cancellation);
        var draft = LoadDraft(options, model, cancellation);
        var runners = model.NewRunners(output, options.Time);
        var steps = forecast?.OfSteps();
        var loops = runners
            .Select((runner, replica) => LoopOf(runner, model, draft, steps?[replica], replica, options))
            .ToList();
        var router = new Router(new RouterOptions { Replicas = loops.Count, BlockLength = KvLayer.PageLength });
        void Release()
        {
            model.ReleaseWeights();
            draft?.ReleaseWeights();
        }
        return new Engine(new ReplicaPool(loops, router, options, Release), options)
        {
            Header = file.Header,
            Tokenizer = tokenizer,
            Vocabulary = model.Shape.Vocabulary,
            EmbeddingLength = model.Shape.Width,
            DefaultSampling = sampling,
            Context = Scheduler.LengthMaxOf(SchedulingOf(model, options)),
            CachePositions = (long)model.Plan.CachePages * KvLayer.PageLength,
            Plan = model.Plan,
            Forecast = forecast,
        };
    }

    // A large vocabulary takes as long to read as a small model: it is read beside the weights, and ends that if it is wrong.
    private static (Tokenizer Tokenizer, ILoadedModel Model) LoadParts(
        WeightFile file,
        EngineOptions options,
        StepOutput output,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var vocabulary = Task.Run(ReadVocabulary, CancellationToken.None);
        ILoadedModel? model = null;
        try
        {
            model = LoadModel(file, options.Model, OptionsOf(options), output, options.Time, progress, ending.Token);
            return (vocabulary.GetAwaiter().GetResult(), model);
        }
        catch (Exception error)
        {
            model?.Dispose();
            // The file is closed next, and must not be read any more.
            Task.WaitAny([vocabulary], CancellationToken.None);
            if (error is OperationCanceledException && vocabulary.IsFaulted)
            {
                vocabulary.GetAwaiter().GetResult();
            }
            throw;
        }

        Tokenizer ReadVocabulary()
        {
            try
            {
                return Tokenizer.From(file.Header);
            }
            catch (Exception)
            {
                ending.Cancel();
                throw;
            }
        }
    }

    /// <summary>Loads a model, or this process's part of it, having told the other processes to load theirs.</summary>
    /// <param name="file">The model's file.</param>
    /// <param name="path">Where the other processes find it; null for the built-in model.</param>
    /// <param name="options">How it is put into memory.</param>
    /// <param name="output">What is made of its steps.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <exception cref="InputException">The file makes no sense, or the memory does not suffice.</exception>
    public static ILoadedModel LoadModel(
        WeightFile file,
        string? path,
        ModelOptions options,
        StepOutput output,
        TimeProvider time,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        if (options.Processes is not { } group)
        {
            return new LoadedModel(file, options, time, progress, cancellation);
        }
        WorkerJob.Send(group, new WorkerJob(path, options, output));
        return new LoadedProcess(file, options, time, progress, cancellation);
    }

    private static DraftModel? LoadDraft(EngineOptions options, ILoadedModel model, CancellationToken cancellation)
    {
        try
        {
            return options.Draft is null ? null : DraftModel.Load(options, model.Plan, cancellation);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static EngineLoop LoopOf(
        IModelRunner runner,
        ILoadedModel model,
        DraftModel? draft,
        StepForecast? forecast,
        int replica,
        EngineOptions options
    )
    {
        var scheduler = new Scheduler(SchedulingOf(model, options));
        var pacer = new PromptPacer(options.StepTokensMax, options.Workload.StepSlowdownMax, options.StepTimeMax);
        IProposer? proposer = options.Speculation switch
        {
            SpeculationKind.Off => null,
            SpeculationKind.Draft => draft!.NewProposer(replica),
            _ => new LookupProposer(options.SequencesMax),
        };
        var speculator = proposer is null ? null : new Speculator(scheduler, proposer, options.SequencesMax);
        return new EngineLoop(new Replica(scheduler, runner, pacer, speculator, forecast), options.Time);
    }

    private static int ProposalsMaxOf(EngineOptions options) =>
        options.Speculation == SpeculationKind.Off ? 0 : Speculator.ProposalsMax(options.SequencesMax);

    private static SchedulerOptions SchedulingOf(ILoadedModel model, EngineOptions options) =>
        new()
        {
            Pages = model.Plan.CachePages,
            PageLength = KvLayer.PageLength,
            Context = model.Plan.Context,
            SequencesMax = options.SequencesMax,
            StepTokensMax = options.StepTokensMax,
            ProposalsMax = ProposalsMaxOf(options),
            PrefixCache = options.PrefixCache,
            Window = model.Shape.WindowMax,
            PriorityStep = options.PriorityStep,
            Depth = model.Plan.Request.PipelineParallel,
        };

    /// <summary>How an engine's model is put into memory.</summary>
    public static ModelOptions OptionsOf(EngineOptions options) =>
        new()
        {
            Context = options.Context,
            Threads = options.Threads,
            Plan = options.Plan,
            Processes = options.Processes,
            Trace = options.Trace,
            Trial = options.Trial,
            CacheType = options.CacheType,
            ExactActivations = options.Float32Activations,
            Kernels = options.Kernels,
            CacheMemoryBytes = options.CacheMemoryBytes,
            StepRowsMax = options.StepTokensMax,
            SequencesMax = options.SequencesMax,
            SampledRowsMax = options.SequencesMax + ProposalsMaxOf(options),
            WholeLogits = false,
        };
}
