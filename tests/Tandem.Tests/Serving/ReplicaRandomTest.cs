using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Tests.Scheduling;

namespace Tandem.Tests.Serving;

public class ReplicaRandomTest(ITestOutputHelper output)
{
    private const string Model = "golden/llama.gguf";
    private const int Steps = 1_000;

    private readonly SchedulerOptions _options = new()
    {
        Pages = 10,
        PageLength = 64,
        Context = 500,
        SequencesMax = 6,
        StepTokensMax = 48,
        MixedPromptTokensMax = 20,
    };

    [Fact]
    public void A_real_model_keeps_every_invariant_for_a_thousand_random_steps()
    {
        using var replica = new TestReplica(SharedData.Require(Model), _options);
        var invariants = new Invariants(_options, replica.Replica.Scheduler);
        var random = new Random(TestRun.Seed);
        var (live, finished) = (new List<Sequence>(), new List<Sequence>());
        for (var step = 0; step < Steps || live.Count > 0; step++)
        {
            if (step < Steps && live.Count < 12 && random.Next(3) == 0)
            {
                live.Add(Arrive(replica, random));
                invariants.Joined(live[^1]);
            }
            if (live.Count > 0 && random.Next(60) == 0)
            {
                var cancelled = live[random.Next(live.Count)];
                live.Remove(cancelled);
                replica.Replica.Scheduler.Remove(cancelled);
            }
            invariants.Check();
            if (replica.Replica.Scheduler.Next() is { } plan)
            {
                invariants.Handed(plan);
                replica.Runner.Submit(plan);
                var result = replica.Runner.Receive();
                foreach (var token in replica.Replica.Scheduler.Complete(result))
                {
                    if (token.Last)
                    {
                        live.Remove(token.Sequence);
                        finished.Add(token.Sequence);
                    }
                }
                invariants.Completed(plan, result);
            }
            invariants.Check();
        }
        var scheduler = replica.Replica.Scheduler;
        output.WriteLine($"{finished.Count} finished, {scheduler.SetBacks} set back, {scheduler.PrefixTokensHit} hit");
        Assert.True(scheduler.SetBacks > 0 && scheduler.PrefixTokensHit > 0 && finished.Count > 20, "all cases occur");
        Assert.Equal(_options.Pages, scheduler.Cache.Available);
        CheckAlone(finished);
    }

    private void CheckAlone(List<Sequence> finished)
    {
        using var alone = new TestReplica(SharedData.Require(Model), _options with { PrefixCache = false });
        foreach (var sequence in finished)
        {
            var prompt = sequence.Tokens[..sequence.PromptLength].ToArray();
            var again = alone.Add(prompt, sequence.Generated, sequence.Sampling);
            alone.Finish();
            Assert.Equal(again.Tokens, sequence.Tokens);
        }
    }

    private static Sequence Arrive(TestReplica replica, Random random)
    {
        var same = random.Next(2) * random.Next(150);
        var beginning = new Random(random.Next(2));
        int[] prompt =
        [
            .. Enumerable
                .Range(0, random.Next(same + 1, same + 40))
                .Select(i => (i < same ? beginning : random).Next(3, 300)),
        ];
        var sampling = new SamplingParameters { Seed = (ulong)random.Next(), Temperature = random.Next(2) };
        return replica.Add(prompt, random.Next(1, 250), sampling);
    }
}
