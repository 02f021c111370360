using Tandem.Loading;
using Tandem.Parallel;
using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Serving;
using Tandem.Tests.Scheduling;
using Tandem.Text;

namespace Tandem.Tests.Serving;

/// <summary>An engine over a fake model, with the built-in model's vocabulary.</summary>
internal sealed class FakeEngine : IAsyncDisposable
{
    public FakeEngine(EngineOptions? options = null, int pages = 400, int context = 512, int depth = 1, int copies = 1)
    {
        options ??= new EngineOptions();
        using var file = BuiltInModel.Open();
        var tokenizer = Tokenizer.From(file.Header);
        var scheduling = new SchedulerOptions
        {
            Pages = pages,
            PageLength = 16,
            Context = context,
            SequencesMax = options.SequencesMax,
            StepTokensMax = options.StepTokensMax,
            PrefixCache = options.PrefixCache,
            Depth = depth,
        };
        FakeRunner NewRunner() =>
            new(
                new FakeModel(pages, scheduling.PageLength, null, tokenizer.VocabularySize),
                new StepResult(options.SequencesMax, 20, 4),
                depth
            );
        Replica NewReplica(FakeRunner runner) =>
            new(new Scheduler(scheduling), runner, new PromptPacer(options.StepTokensMax, 2.5));
        Runners = [.. Enumerable.Range(0, copies).Select(_ => NewRunner())];
        var loops = Runners.Select(NewReplica).Select(replica => new EngineLoop(replica, options.Time)).ToList();
        var router = new Router(new RouterOptions { Replicas = copies });
        Engine = new Engine(new ReplicaPool(loops, router, options, () => { }), options)
        {
            Header = file.Header,
            Tokenizer = tokenizer,
            Vocabulary = tokenizer.VocabularySize,
            EmbeddingLength = 4,
            DefaultSampling = SamplingParameters.Greedy,
            Context = context,
            CachePositions = pages * scheduling.PageLength,
            Plan = new Plan
            {
                Request = new PlanRequest(),
                Replicas = [],
                Cores = 1,
            },
        };
    }

    public Engine Engine { get; }

    /// <summary>What computes the steps of each copy.</summary>
    public IReadOnlyList<FakeRunner> Runners { get; }

    /// <summary>What computes the steps of the first copy.</summary>
    public FakeRunner Runner => Runners[0];

    /// <summary>A request that goes on to its number of tokens.</summary>
    public static GenerationRequest Ask(int[] prompt, int maxTokens) =>
        new()
        {
            Prompt = prompt,
            MaxTokens = maxTokens,
            IgnoreEos = true,
        };

    /// <summary>All tokens of an answer.</summary>
    public async Task<List<GeneratedToken>> AnswerAsync(GenerationRequest request)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (var token in Engine.GenerateAsync(request, TestContext.Current.CancellationToken))
        {
            tokens.Add(token);
        }
        return tokens;
    }

    /// <summary>The continuation of a prompt when nobody else is there.</summary>
    public int[] Alone(int[] prompt, int generated) => FakeModel.Alone(prompt, generated, null, Engine.Vocabulary);

    public ValueTask DisposeAsync()
    {
        foreach (var runner in Runners)
        {
            runner.Release();
        }
        return Engine.DisposeAsync();
    }
}
