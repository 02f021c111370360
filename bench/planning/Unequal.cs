using Tandem.Bench.Measuring;
using Tandem.Devices;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Bench.Planning;

/// <summary>What the planner's split gains over an even one where one of two cores has half of its time.</summary>
internal sealed class Unequal(string program, string model)
{
    private const int PromptTokens = 1_536;
    private const int Pairs = 5;
    private const double Slowdown = 2;

    public async Task PrintAsync()
    {
        var devices = Devices();
        var workload = new Workload { PromptTokens = PromptTokens, AnswerTokens = 1 };
        var cost = TimedRequest.CostOf(model);
        foreach (var plan in new[] { "tp=2", "pp=2" })
        {
            var planned = PlanSearch.Predict(cost, devices, workload, PlanRequest.Parse(plan))!;
            var even = PlanRequest.Parse(plan == "tp=2" ? "tp=2,share=1/1" : Halves(cost));
            await PrintAsync(even, planned.Request, planned.StepTokensMax);
        }
    }

    /// <summary>Two stages with as many layers each.</summary>
    public static string Halves(ModelCost cost) =>
        $"pp=2,layers={cost.Blocks.Count - cost.Blocks.Count / 2}/{cost.Blocks.Count / 2}";

    // Two machines of one core each, of what this one's first core can do.
    private HardwareProfile Devices()
    {
        var profile = MeasuredProfile.Of(program);
        var core = profile.Machines[0] with { Units = 1 };
        return profile with
        {
            Fingerprint = null,
            Machines = [core, core with { Slowdown = Slowdown }],
            Network = core.Handover,
        };
    }

    private async Task PrintAsync(PlanRequest even, PlanRequest planned, int stepTokensMax)
    {
        using var second = new HalvedCore(CpuTopology.PhysicalCores()[1]);
        await using var evenly = await TimedRequest.LoadAsync(model, even, stepTokensMax);
        await using var unevenly = await TimedRequest.LoadAsync(model, planned, stepTokensMax);
        var (times, gains) = (new List<double>(), new List<double>());
        for (var pair = -1; pair < Pairs; pair++)
        {
            var one = (await TimedRequest.RunAsync(evenly, PromptTokens, 1)).FirstSeconds;
            var other = (await TimedRequest.RunAsync(unevenly, PromptTokens, 1)).FirstSeconds;
            if (pair >= 0)
            {
                times.Add(other);
                gains.Add(one / other);
            }
        }
        var gain = Spread.Of(gains);
        // Evenly the slower one is s · h at its half; of shares as s to 1 both are h · 2 · s / (s + 1) at theirs.
        var ideal = (second.Slowdown + 1) / 2;
        Console.WriteLine(
            $"{Path.GetFileName(model)}, prompt {PromptTokens}, second core slowed {second.Slowdown:f2}×: {planned} {Spread.Of(times).Median * 1e3:f0} ms, "
                + $"{gain.Median:f3} [{gain.Lower:f3}, {gain.Upper:f3}] times as fast as {even}, ideally {ideal:f3}: "
                + $"{(gain.Median - 1) / (ideal - 1):p0} of what can be gained"
        );
    }
}
