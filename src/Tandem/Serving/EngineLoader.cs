using Tandem.Devices;
using Tandem.Loading;
using Tandem.Scheduling;
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
        var time = options.Time;
        using var file = options.Model is { } path ? WeightFile.Open(path) : BuiltInModel.Open();
        // What can be wrong with the file is found before the weights are read.
        var sampling = SamplingDefaults.From(file.Header);
        var pooling = PoolingReader.Read(file.Header);
        var (tokenizer, model) = LoadParts(file, options, progress, cancellation);
        var shape = model.Model.Shape;
        var window = shape.WindowMax;
        var runner = new ModelRunner(
            model,
            pooling,
            window,
            options.SequencesMax,
            options.TopLogProbabilitiesMax,
            time
        );
        var scheduler = new Scheduler(
            new SchedulerOptions
            {
                Pages = model.Cache.Pages,
                PageLength = KvLayer.PageLength,
                Context = model.Context,
                SequencesMax = options.SequencesMax,
                StepTokensMax = options.StepTokensMax,
                PrefixCache = options.PrefixCache,
                Window = window,
                PriorityStep = options.PriorityStep,
            }
        );
        var replica = new Replica(scheduler, runner, new PromptPacer(options.StepTokensMax, options.StepSlowdownMax));
        var loop = new EngineLoop(replica, options.WaitingMax, options.WaitingTokensMax, time);
        return new Engine(loop, options)
        {
            Header = file.Header,
            Tokenizer = tokenizer,
            Vocabulary = shape.Vocabulary,
            EmbeddingLength = shape.Width,
            DefaultSampling = sampling,
            Context = scheduler.LengthMax,
            CachePositions = (long)model.Cache.Pages * KvLayer.PageLength,
            Notice = model.Notice,
            Threads = model.Threads,
        };
    }

    // A large vocabulary takes as long to read as a small model: it is read beside the weights, and ends that if it is wrong.
    private static (Tokenizer Tokenizer, LoadedModel Model) LoadParts(
        WeightFile file,
        EngineOptions options,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var vocabulary = Task.Run(ReadVocabulary, CancellationToken.None);
        LoadedModel? model = null;
        try
        {
            model = new LoadedModel(file, OptionsOf(options), options.Time, progress, ending.Token);
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

    private static ModelOptions OptionsOf(EngineOptions options) =>
        new()
        {
            Context = options.Context,
            Threads = options.Threads,
            CacheType = options.CacheType,
            ExactActivations = options.Float32Activations,
            CacheMemoryBytes = options.CacheMemoryBytes,
            StepRowsMax = options.StepTokensMax,
            SequencesMax = options.SequencesMax,
            SampledRowsMax = options.SequencesMax,
        };
}
