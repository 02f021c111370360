using Tandem.Loading;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Bench.Parallel;

/// <summary>A model on two devices of which the second computes everything twice, so that it is half as fast.</summary>
internal static class UnequalDevices
{
    /// <summary>Tokens that are generated behind a prompt.</summary>
    public const int Generated = 32;

    /// <summary>
    /// What the planner makes of a plan for this machine's cores if each were a device, the second of half the speed: the plan with the
    /// layers of its stages, or the shares of its ranks.
    /// </summary>
    /// <param name="model">The model's file.</param>
    /// <param name="measured">What was measured of this machine.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="workload">What it is for.</param>
    public static string Planned(string model, HardwareProfile measured, string plan, Workload workload)
    {
        using var file = WeightFile.Open(model);
        var core = measured.Machines[0] with { Units = 1 };
        var devices = measured with
        {
            Machines = [core, core with { Name = "half as fast", Slowdown = 2 }],
            // They share memory, as ranks of one machine do.
            Network = core.ThreadSums[0].Cost,
        };
        var request = PlanRequest.Parse(plan);
        var planned =
            PlanSearch.Predict(ModelCost.From(file.Header), devices, workload, request)
            ?? throw new InvalidOperationException($"{plan} does not fit two cores of this machine");
        return planned.Request.ToString();
    }

    /// <summary>The plan with as many layers in each of two stages; ranks have equal shares anyway.</summary>
    public static string Even(string model, string plan)
    {
        using var file = WeightFile.Open(model);
        var layers = ModelCost.From(file.Header).Blocks.Count;
        var request = PlanRequest.Parse(plan);
        return request.PipelineParallel == 1
            ? plan
            : (request with { Layers = [layers - layers / 2, layers / 2] }).ToString();
    }

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
