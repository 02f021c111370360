using System.Diagnostics;
using Tandem.Bench.Measuring;
using Tandem.Loading;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Bench.Planning;

/// <summary>What the planner's split gains over an even one where one of two cores computes every product twice.</summary>
internal sealed class Unequal(string program, string model)
{
    private const int PromptTokens = 1_536;
    private const int Pairs = 7;
    private const double Slowdown = 2;

    // Evenly the slower one has 2 · h to do; two thirds and one third are 4/3 · h for both.
    private const double IdealGain = 1.5;

    private static readonly int[] s_prompt = [.. Enumerable.Range(0, PromptTokens).Select(i => 3 + i * 7 % 500)];

    public async Task PrintAsync()
    {
        var devices = Devices();
        var workload = new Workload { PromptTokens = PromptTokens, AnswerTokens = 1 };
        ModelCost cost;
        using (var file = WeightFile.Open(model))
        {
            cost = ModelCost.From(file.Header);
        }
        foreach (var plan in new[] { "tp=2", "pp=2" })
        {
            var planned = PlanSearch.Predict(cost, devices, workload, PlanRequest.Parse(plan))!;
            var even = PlanRequest.Parse(plan == "tp=2" ? "tp=2,share=1/1" : Halves(cost));
            await PrintAsync(even, planned.Request, planned.StepTokensMax);
        }
    }

    private static string Halves(ModelCost cost) =>
        $"pp=2,layers={cost.Blocks.Count - cost.Blocks.Count / 2}/{cost.Blocks.Count / 2}";

    // Two machines of one core each, of what this one's first core can do.
    private HardwareProfile Devices()
    {
        var path = Path.GetTempFileName();
        try
        {
            new JsonProgram(program).Run("profile", "--output", path, "--json");
            var profile = ProfileFile.Read(path);
            var core = profile.Machines[0] with { Units = 1 };
            return profile with
            {
                Fingerprint = null,
                Machines = [core, core with { Slowdown = Slowdown }],
                Network = core.Handover,
            };
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task PrintAsync(PlanRequest even, PlanRequest planned, int stepTokensMax)
    {
        await using var evenly = await LoadAsync(even, stepTokensMax);
        await using var unevenly = await LoadAsync(planned, stepTokensMax);
        var (times, gains) = (new List<double>(), new List<double>());
        for (var pair = -1; pair < Pairs; pair++)
        {
            var (one, other) = (await SecondsAsync(evenly), await SecondsAsync(unevenly));
            if (pair >= 0)
            {
                times.Add(other);
                gains.Add(one / other);
            }
        }
        var gain = Spread.Of(gains);
        Console.WriteLine(
            $"{Path.GetFileName(model)}, prompt {PromptTokens}, second core slowed {Slowdown}×: {planned} {Spread.Of(times).Median * 1e3:f0} ms, "
                + $"{gain.Median:f3} [{gain.Lower:f3}, {gain.Upper:f3}] times as fast as {even}: "
                + $"{(gain.Median - 1) / (IdealGain - 1):p0} of the ideal gain of {IdealGain}"
        );
    }

    private Task<Engine> LoadAsync(PlanRequest plan, int stepTokensMax) =>
        Engine.LoadAsync(
            new EngineOptions
            {
                Model = model,
                Plan = plan,
                SequencesMax = 1,
                StepTokensMax = stepTokensMax,
                PrefixCache = false,
                Trial = new WorkerTrial
                {
                    Repeats = worker => worker.Stage + worker.Slice.Rank == 1 ? (int)Slowdown : 1,
                },
            }
        );

    private static async Task<double> SecondsAsync(Engine engine)
    {
        var start = Stopwatch.GetTimestamp();
        await foreach (
            var _ in engine.GenerateAsync(
                new GenerationRequest
                {
                    Prompt = s_prompt,
                    Sampling = SamplingParameters.Greedy,
                    MaxTokens = 1,
                    IgnoreEos = true,
                }
            )
        ) { }
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
