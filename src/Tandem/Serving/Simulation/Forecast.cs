using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving.Speculation;

namespace Tandem.Serving.Simulation;

/// <summary>What a profile expects of requests to an engine that is split as it is, whatever their lengths and however many there are.</summary>
public sealed class Forecast
{
    private readonly ModelCost _cost;
    private readonly HardwareProfile _profile;
    private readonly PlanDecision _decision;
    private readonly EngineOptions _options;

    private Forecast(ModelCost cost, HardwareProfile profile, PlanDecision decision, EngineOptions options) =>
        (_cost, _profile, _decision, _options) = (cost, profile, decision, options);

    /// <summary>
    /// What is to be expected of an engine; null where nothing is known of the machine, the plan does not fit it, or matrices are
    /// multiplied in a way that profiles do not tell of.
    /// </summary>
    /// <param name="header">The model's header.</param>
    /// <param name="options">The engine's options.</param>
    /// <param name="decision">How it is split.</param>
    internal static Forecast? Of(ModelHeader header, EngineOptions options, PlanDecision decision) =>
        options.Profile is { } profile && decision.Choice is not null && !options.Float32Activations
            ? new Forecast(ModelCost.From(header), Planner.Usable(profile, options), decision, options)
            : null;

    /// <summary>
    /// What is expected of an answer while as many like it are under way as there are; null where not all of them can run, or fit
    /// the memory.
    /// </summary>
    /// <param name="promptTokens">Tokens of the prompt, cached ones included.</param>
    /// <param name="cachedTokens">Those of them that are not computed.</param>
    /// <param name="answerTokens">Tokens of the answer.</param>
    /// <param name="concurrency">Answers under way, this one included.</param>
    public Expectation? Of(int promptTokens, int cachedTokens, int answerTokens, int concurrency)
    {
        if (concurrency > _options.SequencesMax * _decision.Request.DataParallel)
        {
            return null;
        }
        var workload = new Workload
        {
            PromptTokens = promptTokens,
            // Of an answer that was set back, what it had computed may have been cached as well.
            CachedTokens = Math.Min(cachedTokens, promptTokens - 1),
            AnswerTokens = answerTokens,
            Concurrency = concurrency,
            StepSlowdownMax = _options.Workload.StepSlowdownMax,
        };
        return Evaluate(workload) is { } expected
            ? new Expectation(expected.TtftSeconds, answerTokens > 1 ? TokenOf(expected.TpotSeconds) : null)
            : null;
    }

    /// <summary>
    /// What is expected of some requests that come at the same moment: their first tokens on average, and each token after it while all of
    /// them generate. Null where not all of them can run, or fit the memory.
    /// </summary>
    /// <param name="promptTokens">Tokens of each prompt.</param>
    /// <param name="answerTokens">Tokens of each answer.</param>
    /// <param name="requests">How many.</param>
    public Expectation? OfAtOnce(int promptTokens, int answerTokens, int requests)
    {
        var workload = new Workload
        {
            PromptTokens = promptTokens,
            AnswerTokens = answerTokens,
            Concurrency = requests,
            StepSlowdownMax = _options.Workload.StepSlowdownMax,
        };
        var load = Enumerable.Repeat(new SimulatedRequest(0, promptTokens, 1), requests).ToList();
        if (
            requests > _options.SequencesMax * _decision.Request.DataParallel
            || Evaluate(workload) is not { } expected
            || !Simulator.HasRoom(_cost, _profile, _decision.Request, load)
        )
        {
            return null;
        }
        var ttft = requests == 1 ? expected.TtftSeconds : MeanTtft(load);
        return new Expectation(ttft, TokenOf(expected.GeneratingSeconds));
    }

    /// <summary>What is expected of the steps of each copy; null where the plan does not fit the memory.</summary>
    internal IReadOnlyList<StepForecast>? OfSteps()
    {
        // How many requests there are, and of what length, is the step's to say: the plan fits with one if it does with any.
        var one = new Workload { PromptTokens = 1, AnswerTokens = 1 };
        return Evaluator(one).TryTimersOf(_decision.Request, _decision.StepTokensMax) is { } timers
            ? [.. timers.Select(timer => new StepForecast(timer, timers.Count))]
            : null;
    }

    private PlanEvaluator Evaluator(Workload workload) =>
        new(_cost, _profile, workload, _options.Processes is not null);

    private Prediction? Evaluate(Workload workload) =>
        Evaluator(workload).Evaluate(_decision.Request, _decision.StepTokensMax)?.Prediction;

    // Guesses bring several tokens a step, and how many is known to nobody beforehand.
    private double? TokenOf(double seconds) => _options.Speculation == SpeculationKind.Off ? seconds : null;

    // Which prompts a step has together, and whose comes first, is the scheduler's to say.
    private double MeanTtft(IReadOnlyList<SimulatedRequest> load)
    {
        var simulation = new SimulationOptions
        {
            SequencesMax = _options.SequencesMax,
            StepSlowdownMax = _options.Workload.StepSlowdownMax,
            AreProcesses = _options.Processes is not null,
        };
        return Simulator
            .Run(_cost, _profile, _decision.Request, _decision.StepTokensMax, load, simulation)
            .Answers.Average(answer => answer.TtftSeconds);
    }
}
