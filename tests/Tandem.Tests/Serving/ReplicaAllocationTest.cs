using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Tests.Serving;

/// <summary>What a process allocates is only known while nothing else runs in it.</summary>
[Collection(nameof(AloneInTheProcess))]
public class ReplicaAllocationTest
{
    private const int Seed = 4_712;

    private static readonly SchedulerOptions Options = new()
    {
        Pages = 128,
        PageLength = 64,
        Context = 512,
        SequencesMax = 16,
        StepTokensMax = 64,
    };

    [Theory]
    [InlineData("golden/llama.gguf", "threads=2", false)]
    [InlineData("golden/llama.gguf", "threads=2", true)]
    [InlineData("golden/gemma3.gguf", "threads=2", false)]
    [InlineData("golden/formats/Q4_0.gguf", "threads=2", false)]
    [InlineData("golden/formats/Q4_0.gguf", "pp=2,tp=2", false)]
    [InlineData("golden/formats/Q4_0.gguf", "pp=2,tp=2", true)]
    public void A_decode_step_allocates_nothing_on_any_thread(string file, string plan, bool speculates)
    {
        using var replica = new TestReplica(
            SharedData.Require(file),
            Options with
            {
                ProposalsMax = speculates ? 20 : 0,
            },
            plan: PlanRequest.Parse(plan),
            wholeLogits: false,
            speculates: speculates
        );
        var random = new Random(Seed);
        for (var i = 0; i < Options.SequencesMax; i++)
        {
            var sampling = new SamplingParameters
            {
                Seed = (ulong)i,
                RepetitionPenalty = i % 3 == 0 ? 1 : 1.1f,
                FrequencyPenalty = i % 3 == 0 ? 0 : 0.1f,
                TopLogProbabilities = i % 3 - 1,
                TopK = i % 2 * 40,
            };
            int[] prompt = [.. Enumerable.Range(0, 20).Select(_ => random.Next(3, 300))];
            replica.Add(prompt, 400, sampling);
        }
        Steps(replica, 40);
        Assert.Equal(Options.SequencesMax, replica.Replica.Scheduler.Running.Length);
        // The runtime and the test runner have threads of their own, which now and then allocate: what a step allocates is in
        // every window, what they do is not.
        var windows = new long[6];
        for (var i = 0; i < windows.Length; i++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Steps(replica, 50);
            windows[i] = GC.GetTotalAllocatedBytes(precise: true) - before;
        }
        Assert.Equal(0, windows.Min());
    }

    private static void Steps(TestReplica replica, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            replica.Replica.Step(out _);
        }
    }
}
