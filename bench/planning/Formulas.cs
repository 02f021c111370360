using System.Diagnostics;
using Tandem.Bench.Measuring;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Bench.Planning;

/// <summary>The cost model's formulas one by one, each beside what this machine does.</summary>
internal sealed class Formulas(string program, string model)
{
    private const int Repeats = 5;
    private const int ChunkTokens = 64;
    private const int Stages = 2;
    private const int AnswerTokens = 32;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);
    private static readonly int[] s_prompts = [8, 32, 128, 512];
    private static readonly int[] s_positions = [64, 512, 1_900];
    private static readonly int[] s_chunks = [1, 2, 4, 8, 16];

    public async Task PrintAsync()
    {
        var profile = MeasuredProfile.Of(program);
        var cost = TimedRequest.CostOf(model);
        Console.WriteLine($"{Path.GetFileName(model)}; medians of {Repeats}; expected / measured");
        await PrintBlocksAsync(profile, cost);
        await PrintSumsAsync(profile, cost);
        await PrintPipelineAsync(cost);
    }

    // The roofline of a block by the tokens that go through together, and attention by what lies before a token.
    private async Task PrintBlocksAsync(HardwareProfile profile, ModelCost cost)
    {
        var plan = PlanRequest.Parse("threads=1");
        await using var engine = await LoadAsync(plan, s_prompts[^1]);
        Prediction Expected(int prompt, int answer) => Predict(profile, cost, plan, prompt, answer);
        foreach (var tokens in s_prompts)
        {
            var measured = await MedianAsync(engine, tokens, 1, request => request.FirstSeconds);
            Print($"blocks of one core, {tokens} tokens, ms", Expected(tokens, 1).TtftSeconds * 1e3, measured * 1e3);
        }
        foreach (var position in s_positions)
        {
            var measured = await MedianAsync(engine, position, AnswerTokens, request => request.NextSeconds);
            Print($"a token behind {position}, ms", Expected(position, AnswerTokens).TpotSeconds * 1e3, measured * 1e3);
        }
    }

    // α + β · n through the shortest and the longest sum, and what twice a layer of them are of a prompt on two ranks.
    private async Task PrintSumsAsync(HardwareProfile profile, ModelCost cost)
    {
        var machine = profile.Machines[0];
        var line = machine.ThreadSums.Single(sum => sum.Ranks == Stages).Cost;
        foreach (
            var times in machine.ThreadCollectives.Where(one =>
                one is { Operation: CollectiveTimes.AllReduce, Ranks: Stages }
            )
        )
        {
            foreach (var point in times.Points)
            {
                Print($"a sum of {point.Bytes} bytes, µs", line.Seconds(point.Bytes) * 1e6, point.Microseconds);
            }
        }
        var plan = PlanRequest.Parse("tp=2");
        await using var engine = await LoadAsync(plan, s_prompts[^1]);
        foreach (var tokens in s_prompts)
        {
            var expected = Predict(profile, cost, plan, tokens, 1).TtftSeconds;
            var measured = await MedianAsync(engine, tokens, 1, request => request.FirstSeconds);
            Print($"two ranks, {tokens} tokens, ms", expected * 1e3, measured * 1e3);
        }
    }

    // m / (m + p - 1): m chunks through p stages, beside the p-th part of one core's time for the same chunks.
    private async Task PrintPipelineAsync(ModelCost cost)
    {
        await using var one = await LoadAsync(PlanRequest.Parse("threads=1"), ChunkTokens);
        // Without a profile, each of the stages' steps has its part of this.
        await using var stages = await LoadAsync(PlanRequest.Parse(Unequal.Halves(cost)), Stages * ChunkTokens);
        foreach (var chunks in s_chunks)
        {
            var alone = await MedianAsync(one, chunks * ChunkTokens, 1, request => request.FirstSeconds);
            var staged = await MedianAsync(stages, chunks * ChunkTokens, 1, request => request.FirstSeconds);
            Print(
                $"efficiency of {Stages} stages, {chunks} chunks of {ChunkTokens}",
                (double)chunks / (chunks + Stages - 1),
                alone / (Stages * staged)
            );
        }
    }

    private static Prediction Predict(
        HardwareProfile profile,
        ModelCost cost,
        PlanRequest plan,
        int prompt,
        int answer
    ) =>
        PlanSearch
            .Predict(cost, profile, new Workload { PromptTokens = prompt, AnswerTokens = answer }, plan)!
            .Prediction;

    // Until the runtime has compiled what it finds hot.
    private async Task<Engine> LoadAsync(PlanRequest plan, int stepTokensMax)
    {
        var engine = await TimedRequest.LoadAsync(model, plan, stepTokensMax);
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_warmUp)
        {
            await TimedRequest.RunAsync(engine, ChunkTokens, AnswerTokens);
        }
        return engine;
    }

    private static void Print(string what, double expected, double measured) =>
        Console.WriteLine($"  {what, -44} {expected, 9:f2} / {measured, 9:f2} ({expected / measured - 1, 5:p0})");

    private static async Task<double> MedianAsync(
        Engine engine,
        int promptTokens,
        int answerTokens,
        Func<TimedRequest, double> figure
    )
    {
        var seconds = new List<double>();
        for (var repeat = -1; repeat < Repeats; repeat++)
        {
            var request = await TimedRequest.RunAsync(engine, promptTokens, answerTokens);
            if (repeat >= 0)
            {
                seconds.Add(figure(request));
            }
        }
        return Spread.Of(seconds).Median;
    }
}
