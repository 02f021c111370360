using System.Diagnostics;
using Tandem.Loading;
using Tandem.Planning.Costs;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Bench.Planning;

/// <summary>One request to an engine, as its reader sees it.</summary>
/// <param name="FirstSeconds">Until its first token.</param>
/// <param name="NextSeconds">Of each token after it, on average; 0 where there is none.</param>
internal readonly record struct TimedRequest(double FirstSeconds, double NextSeconds)
{
    /// <summary>What the model is to a planner that expects such a request.</summary>
    public static ModelCost CostOf(string model)
    {
        using var file = WeightFile.Open(model);
        return ModelCost.From(file.Header);
    }

    /// <summary>An engine for one request at a time.</summary>
    public static Task<Engine> LoadAsync(string model, PlanRequest plan, int stepTokensMax) =>
        Engine.LoadAsync(
            new EngineOptions
            {
                Model = model,
                Plan = plan,
                SequencesMax = 1,
                StepTokensMax = stepTokensMax,
                PrefixCache = false,
            }
        );

    /// <summary>Asks for some tokens behind a prompt of some.</summary>
    public static async Task<TimedRequest> RunAsync(Engine engine, int promptTokens, int answerTokens)
    {
        var request = new GenerationRequest
        {
            Prompt = [.. Enumerable.Range(0, promptTokens).Select(i => 3 + i * 7 % 500)],
            Sampling = SamplingParameters.Greedy,
            MaxTokens = answerTokens,
            IgnoreEos = true,
        };
        var start = Stopwatch.GetTimestamp();
        var (first, all) = (0.0, 0.0);
        await foreach (var _ in engine.GenerateAsync(request))
        {
            all = Stopwatch.GetElapsedTime(start).TotalSeconds;
            first = first == 0 ? all : first;
        }
        return new TimedRequest(first, answerTokens > 1 ? (all - first) / (answerTokens - 1) : 0);
    }
}
