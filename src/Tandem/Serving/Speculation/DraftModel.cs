using System.Globalization;
using Tandem.Loading;
using Tandem.Plans;

namespace Tandem.Serving.Speculation;

/// <summary>The small model that guesses, with a copy for each copy of the model, on the same cores in turn.</summary>
internal sealed class DraftModel
{
    private const string Tokens = "tokenizer.ggml.tokens";

    private readonly LoadedModel _model;
    private readonly IReadOnlyList<IModelRunner> _runners;
    private readonly EngineOptions _options;

    private DraftModel(LoadedModel model, EngineOptions options)
    {
        (_model, _options) = (model, options);
        var output = new StepOutput { SampledRowsMax = options.SequencesMax };
        _runners = model.NewRunners(output, options.Time);
    }

    /// <summary>Loads the model that the options name.</summary>
    /// <param name="options">The engine's.</param>
    /// <param name="plan">The plan of the model for which it guesses.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <exception cref="InputException">The file makes no sense, or the memory does not suffice.</exception>
    public static DraftModel Load(EngineOptions options, Plan plan, CancellationToken cancellation)
    {
        using var file = WeightFile.Open(options.Draft!);
        var request = plan.Request;
        // Processes have the cores of their own workers alone.
        var workers = options.Processes is null ? request.PipelineParallel * request.TensorParallel : 1;
        var draft = new ModelOptions
        {
            Context = Math.Min(plan.Context, ModelLoader.ReadShape(file, 0).Context),
            Threads = options.Threads,
            Plan = new PlanRequest { DataParallel = request.DataParallel, Threads = workers * request.Threads },
            CacheType = options.CacheType,
            ExactActivations = options.Float32Activations,
            Kernels = options.Kernels,
            StepRowsMax = DraftProposer.RowsMax(options.SequencesMax),
            SequencesMax = options.SequencesMax,
            SampledRowsMax = options.SequencesMax,
            WholeLogits = false,
        };
        return new DraftModel(new LoadedModel(file, draft, options.Time, null, cancellation), options);
    }

    /// <summary>What guesses for a copy of the model.</summary>
    public DraftProposer NewProposer(int replica) =>
        new(_runners[replica], _model.Plan.Context, _model.Plan.CachePages, _options.SequencesMax, _options.Time);

    /// <summary>Releases the weights, once nobody runs them.</summary>
    public void ReleaseWeights() => _model.ReleaseWeights();

    /// <summary>Refuses a draft with another vocabulary, before anything is loaded.</summary>
    /// <param name="path">The draft's file.</param>
    /// <param name="model">The header of the model for which it is to guess.</param>
    /// <exception cref="InputException">Its tokens are others, or the file makes no sense.</exception>
    public static void RequireSameVocabulary(string path, ModelHeader model)
    {
        using var file = WeightFile.Open(path);
        var draft = file.Header;
        var (ours, theirs) = (draft.Metadata.Strings(Tokens), model.Metadata.Strings(Tokens));
        if (ours.Length != theirs.Length)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{draft.Source}: a draft with {ours.Length} tokens, and the model {model.Source} has {theirs.Length}; expected one of the same vocabulary"
                )
            );
        }
        var other = ours.AsSpan().CommonPrefixLength(theirs);
        if (other < ours.Length)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{draft.Source}: token {other} of the draft is '{ours[other]}', and that of the model {model.Source} '{theirs[other]}'; expected one of the same vocabulary"
                )
            );
        }
    }
}
