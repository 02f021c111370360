using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Bench.Parallel;

/// <summary>A model on two devices of which the second computes everything twice, so that it is half as fast.</summary>
internal static class UnequalDevices
{
    private const int Generated = 32;

    /// <summary>Runs a prompt and what follows it, after a warm-up; gives tokens a second of the prompt and of what follows.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="plan">Its plan, of two stages or two ranks.</param>
    /// <param name="prompt">Tokens of the prompt.</param>
    public static async Task<(double Prompt, double Generated)> RunAsync(string model, string plan, int prompt)
    {
        await using var engine = await Engine.LoadAsync(
            new EngineOptions
            {
                Model = model,
                Plan = PlanRequest.Parse(plan),
                Trial = new WorkerTrial { Repeats = worker => worker.Stage + worker.Slice.Rank == 1 ? 2 : 1 },
                PrefixCache = false,
                SequencesMax = 1,
                Context = prompt + 2 * Generated,
            }
        );
        _ = await AnswerAsync(engine, Math.Min(prompt, 128));
        return await AnswerAsync(engine, prompt);
    }

    private static async Task<(double Prompt, double Generated)> AnswerAsync(Engine engine, int prompt)
    {
        var request = new GenerationRequest
        {
            Prompt = [.. Enumerable.Range(1, prompt).Select(i => (int)(7_919L * i % engine.Vocabulary))],
            Sampling = SamplingParameters.Greedy,
            MaxTokens = Generated + 1,
            IgnoreEos = true,
        };
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var first = start;
        var tokens = 0;
        await foreach (var _ in engine.GenerateAsync(request))
        {
            first = tokens++ == 0 ? time.GetTimestamp() : first;
        }
        return (
            prompt / time.GetElapsedTime(start, first).TotalSeconds,
            (tokens - 1) / time.GetElapsedTime(first).TotalSeconds
        );
    }
}
