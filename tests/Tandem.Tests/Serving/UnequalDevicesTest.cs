using Tandem.Loading;
using Tandem.Planning.Costs;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Tests.Loading;
using Tandem.Tests.Models;
using Tandem.Tests.Planning;

namespace Tandem.Tests.Serving;

/// <summary>Of two devices one is twice as slow, or has little memory: a plan that accounts for it beats the even one.</summary>
public sealed class UnequalDevicesTest : IDisposable
{
    private const int Seed = 20_266;
    private const int Tokens = 40;

    private static readonly int[] s_tokens =
    [
        .. Enumerable.Repeat(new Random(Seed), Tokens).Select(random => random.Next(TinyModel.Vocabulary)),
    ];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("tp=2", "tp=2,share=2/1")]
    [InlineData("pp=2", "pp=2,layers=4/2")]
    public void A_device_that_does_everything_twice_gets_half_the_work(string even, string uneven)
    {
        var path = TinyModel.Write(_folder.Path, "llama", "Q4_0", Seed, TinyShape.Cuttable);
        using var whole = new TestModel(path, exactActivations: true);
        var expected = whole.Logits(s_tokens, 10);
        var (evenCost, evenLogits) = Run(path, even);
        var (unevenCost, unevenLogits) = Run(path, uneven);

        AssertNear(expected, evenLogits);
        AssertNear(expected, unevenLogits);
        // Evenly: twice a half. Two thirds and one third: as much as one of them does once.
        Assert.InRange((double)unevenCost / evenCost, 0.6, 0.75);
    }

    [Theory]
    [InlineData("tp=2", "tp=2")]
    [InlineData("pp=2", "pp=2,layers=3/3")]
    public void What_a_planner_assigns_to_a_device_of_half_the_speed_gains_nearly_all_that_can_be_gained(
        string plan,
        string even
    )
    {
        var path = TinyModel.Write(_folder.Path, "llama", "Q4_0", Seed, TinyShape.Cuttable);
        var devices = TestMachines.Profile(TestMachines.Machine(1), TestMachines.Machine(1, slowdown: 2));
        var workload = new Workload { PromptTokens = Tokens, AnswerTokens = 1 };
        using var file = WeightFile.Open(path);
        var planned = PlanSearch.Predict(ModelCost.From(file.Header), devices, workload, PlanRequest.Parse(plan))!;

        var (evenCost, _) = Run(path, even);
        var (plannedCost, _) = Run(path, planned.Request.ToString());
        // Evenly the slower one has 2 · h to do; two thirds and one third are 4/3 · h for both.
        Assert.InRange((double)evenCost / plannedCost, 1 + 0.9 * 0.5, 1.51);
    }

    [Fact]
    public void A_device_with_little_memory_holds_its_part_of_a_plan_that_gives_it_less()
    {
        var path = TinyModel.Write(_folder.Path, "llama", "F32", Seed, TinyShape.Cuttable);
        using var even = new TestModel(path, plan: PlanRequest.Parse("pp=2"));
        var littleBytes = even.Plan.Workers.Last().OwnBytes * 3 / 4;
        Assert.All(even.Workers, worker => Assert.True(HeldBytes(worker) > littleBytes));

        foreach (var plan in new[] { "pp=2,layers=4/2", "tp=2,share=2/1" })
        {
            using var uneven = new TestModel(path, plan: PlanRequest.Parse(plan));
            var last = uneven.Workers[^1];
            Assert.InRange(last.Plan.OwnBytes, 1, littleBytes);
            Assert.Equal(last.Plan.OwnBytes, HeldBytes(last), 0.01 * last.Plan.OwnBytes);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static long HeldBytes(Worker worker) => worker.Model.Arena.AllocatedBytes + worker.AllocatedBytes;

    // The slower device is the second. What the slowest of them has to multiply is what all wait for: ranks in each step, stages in
    // each of many steps that follow each other.
    private static (long Cost, float[] Logits) Run(string path, string plan)
    {
        var trial = new WorkerTrial { Repeats = worker => worker.Stage + worker.Slice.Rank == 1 ? 2 : 1 };
        using var model = new TestModel(path, exactActivations: true, plan: PlanRequest.Parse(plan), trial: trial);
        var logits = model.Logits(s_tokens, 10);
        return (model.Workers.Max(worker => worker.Multiplications), logits);
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        var difference = expected.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum();
        Assert.InRange(Math.Sqrt(difference / expected.Sum(value => (double)value * value)), 0, 1e-5);
    }
}
