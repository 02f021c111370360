using CsCheck;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Tests.Planning.Search;

/// <summary>What the planner chooses, and why.</summary>
public sealed class PlanSearchTest
{
    private static readonly ModelCost s_model = TestMachines.Model();

    private static readonly Gen<(ModelCost Model, MachineProfile Machine, Workload Workload)> s_case =
        from layers in Gen.Int[1, 6]
        from heads in Gen.Int[1, 3].Select(number => 4 * number)
        from units in Gen.Int[1, 6]
        from memory in Gen.Double[0.4, 4]
        from prompt in Gen.Int[1, 2000]
        from answer in Gen.Int[1, 300]
        from concurrency in Gen.Int[1, 12]
        from goal in Gen.Bool.Select(throughput => throughput ? PlanGoal.Throughput : PlanGoal.Latency)
        select (
            TestMachines.Model(layers, 64 * heads, heads, 1536),
            TestMachines.Machine(units, memory),
            new Workload
            {
                PromptTokens = prompt,
                AnswerTokens = answer,
                Concurrency = concurrency,
                Goal = goal,
            }
        );

    [Fact]
    public void No_plan_of_all_is_better_than_the_one_chosen() =>
        s_case.Sample(
            one =>
            {
                var profile = TestMachines.Profile(one.Machine);
                // Where nothing fits, none of all does.
                var chosen = PlanSearch.TryChoose(one.Model, profile, one.Workload)?.Chosen;
                var evaluator = new PlanEvaluator(one.Model, profile, one.Workload, areProcesses: false);
                foreach (var request in AllRequests(one.Machine.Units))
                {
                    foreach (var chunk in request.PipelineParallel == 1 ? [512] : new[] { 64, 128, 256, 512 })
                    {
                        if (evaluator.Evaluate(request, chunk) is { } other)
                        {
                            Assert.NotNull(chosen);
                            Assert.True(
                                CostOf(chosen, one.Workload) <= CostOf(other, one.Workload),
                                $"{chosen} is worse than {other}"
                            );
                        }
                    }
                }
            },
            iter: 150
        );

    [Fact]
    public void More_memory_never_makes_the_choice_worse() =>
        s_case.Sample(
            one =>
            {
                var more = one.Machine with { MemoryBytes = one.Machine.MemoryBytes * 2 };
                double Of(MachineProfile machine) => Expected(one.Model, TestMachines.Profile(machine), one.Workload);
                Assert.True(Of(more) <= Of(one.Machine));
            },
            iter: 150
        );

    [Fact]
    public void A_faster_network_never_makes_the_choice_slower() =>
        Gen.Select(s_case, Gen.Int[2, 4])
            .Sample(
                (one, count) =>
                {
                    var machines = one.Machine with { Count = count };
                    var slow = TestMachines.Profile(machines);
                    var fast = slow with { Network = new LinkCost(2, 12.5) };
                    Assert.True(Expected(one.Model, fast, one.Workload) <= Expected(one.Model, slow, one.Workload));
                },
                iter: 60
            );

    [Fact]
    public void Processes_sum_and_hand_over_as_processes_were_measured_to()
    {
        // A hundred times what threads take.
        var machine = TestMachines.Machine() with
        {
            ProcessSums = [new CollectiveCost(2, new LinkCost(200, 0.1))],
            ProcessHandover = new LinkCost(500, 0.2),
        };
        var (profile, workload) = (TestMachines.Profile(machine), new Workload());
        double Ttft(string plan, bool areProcesses) =>
            PlanSearch
                .Predict(s_model, profile, workload, PlanRequest.Parse(plan), areProcesses: areProcesses)!
                .Prediction.TtftSeconds;
        Assert.Equal(Ttft("threads=2", false), Ttft("threads=2", true));
        Assert.True(Ttft("tp=2", true) > 1.5 * Ttft("tp=2", false));
        Assert.True(Ttft("pp=2", true) > Ttft("pp=2", false));
    }

    [Fact]
    public void One_request_is_split_within_layers_and_the_words_say_why()
    {
        var choice = PlanSearch.Choose(s_model, TestMachines.Profile(TestMachines.Machine()), new Workload());
        var request = choice.Chosen.Request;
        Assert.Equal(
            (1, 1, 2),
            (request.DataParallel, request.PipelineParallel, request.TensorParallel * request.Threads)
        );
        var pipeline = choice.RunnersUp.First(other => other.Request.PipelineParallel == 2);
        Assert.Contains(
            "one request at a time, and a pipeline helps only with several",
            PlanReason.Of(choice.Chosen, [pipeline], new Workload()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Many_prompts_go_to_copies()
    {
        var workload = new Workload
        {
            PromptTokens = 500,
            AnswerTokens = 1,
            Concurrency = 32,
            Goal = PlanGoal.Throughput,
        };
        var machine = TestMachines.Machine() with
        {
            ThreadSums = [new CollectiveCost(2, new LinkCost(20_000, 1))],
            BlockMicroseconds = [new(1, 3), new(2, 30_000)],
            Handover = new LinkCost(100_000, 1),
        };
        var chosen = PlanSearch.Choose(s_model, TestMachines.Profile(machine), workload).Chosen;
        Assert.Equal(2, chosen.Request.DataParallel);
    }

    [Fact]
    public void A_model_that_fits_no_machine_becomes_stages_over_a_slow_network()
    {
        var machines = TestMachines.Machine(units: 1, memoryGigabytes: 0.75) with { Count = 2 };
        var profile = TestMachines.Profile(machines) with { Network = new LinkCost(500, 0.1) };
        var choice = PlanSearch.Choose(s_model, profile, new Workload { PromptTokens = 2000 });
        Assert.Equal(2, choice.Chosen.Request.PipelineParallel);
        Assert.Equal(22, choice.Chosen.Request.Layers!.Sum());
    }

    [Fact]
    public void Unequal_machines_get_layers_and_shares_in_proportion()
    {
        var fast = TestMachines.Machine(units: 1);
        var profile = TestMachines.Profile(fast, fast with { Slowdown = 2 });
        var workload = new Workload { Concurrency = 8, Goal = PlanGoal.Throughput };
        PlanRequest Found(string plan) =>
            PlanSearch.Predict(s_model, profile, workload, PlanRequest.Parse(plan))!.Request;
        var layers = Found("pp=2").Layers!;
        Assert.InRange(layers[0], 14, 17);
        var shares = Found("tp=2").Shares!;
        Assert.Equal(2.0, (double)shares[0] / shares[1]);
    }

    [Fact]
    public void An_objective_is_kept_to_with_as_few_units_as_can_be()
    {
        var workload = new Workload
        {
            Goal = PlanGoal.Objective,
            Objective = ServiceObjective.Parse("ttft=60s,tpot=60ms"),
        };
        var choice = PlanSearch.Choose(s_model, TestMachines.Profile(TestMachines.Machine(units: 8)), workload);
        Assert.Equal(1, choice.Chosen.Units);
        var strict = workload with { Objective = ServiceObjective.Parse("tpot=15ms") };
        var faster = PlanSearch.Choose(s_model, TestMachines.Profile(TestMachines.Machine(units: 8)), strict);
        Assert.InRange(faster.Chosen.Units, 2, 8);
        Assert.True(faster.Chosen.Prediction.TpotSeconds <= 0.015);
    }

    [Fact]
    public void What_fits_nowhere_is_refused_with_what_is_missing_and_what_would_fit()
    {
        var profile = TestMachines.Profile(TestMachines.Machine(memoryGigabytes: 0.5));
        var error = Assert.Throws<InputException>(() => PlanSearch.Choose(s_model, profile, new Workload()));
        Assert.Contains("0.50 GB are missing there", error.Message, StringComparison.Ordinal);
        Assert.Contains("would fit", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 × 'cpu' with 0.50 GB", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.8, 512, 1, "a model of 0.44 GB would fit, such as this one in Q2_K")]
    [InlineData(1.0, 4000, 1, "one request of 661 tokens, prompt and answer together, would fit")]
    [InlineData(1.0, 512, 8, "one such request at a time would fit")]
    public void What_would_fit_is_the_most_that_does(double memory, int prompt, int requests, string message)
    {
        var profile = TestMachines.Profile(TestMachines.Machine(memoryGigabytes: memory));
        var workload = new Workload { PromptTokens = prompt, Concurrency = requests };
        var error = Assert.Throws<InputException>(() => PlanSearch.Choose(s_model, profile, workload));
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_on_several_machines_is_said_of_all_and_of_each()
    {
        var profile = TestMachines.Profile(TestMachines.Machine(memoryGigabytes: 0.4) with { Count = 2 });
        var error = Assert.Throws<InputException>(() => PlanSearch.Choose(s_model, profile, new Workload()));
        Assert.Contains("2 × 'cpu' with 0.40 GB", error.Message, StringComparison.Ordinal);
        Assert.Contains("missing on the 2 together, ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("threads=2")]
    [InlineData("pp=2")]
    [InlineData("pp=2,layers=12/10")]
    public void As_many_requests_may_be_under_way_as_have_room_and_keep_to_the_objective(string plan)
    {
        var (profile, request) = (
            TestMachines.Profile(TestMachines.Machine(memoryGigabytes: 2)),
            PlanRequest.Parse(plan)
        );
        var workload = new Workload();
        Candidate Predict(Workload load) => PlanSearch.Predict(s_model, profile, load, request)!;
        var chosen = Predict(workload);
        Candidate? Of(int requests) =>
            new PlanEvaluator(s_model, profile, workload with { Concurrency = requests }, areProcesses: false).Evaluate(
                chosen.Request,
                chosen.StepTokensMax
            );
        var most = chosen.RequestsMax;
        Assert.InRange(most, 2, 4095);
        Assert.NotNull(Of(most));
        Assert.Null(Of(most + 1));
        var vast = TestMachines.Profile(TestMachines.Machine(memoryGigabytes: 4000));
        Assert.Equal(4096, PlanSearch.Predict(s_model, vast, workload, request)!.RequestsMax);

        // Where prompts always wait, it is the first token that more requests put off.
        var fewer = Predict(workload with { Objective = ServiceObjective.Parse("ttft=10s") }).RequestsMax;
        Assert.InRange(fewer, 2, most - 1);
        Assert.True(Of(fewer)!.Prediction.TtftSeconds <= 10);
        Assert.True(Of(fewer + 1)!.Prediction.TtftSeconds > 10);
    }

    [Theory]
    [InlineData("ttft=500ms,tpot=50ms", 0.5, 0.05)]
    [InlineData("tpot=0.1s", null, 0.1)]
    public void Objectives_are_read(string text, double? ttft, double? tpot) =>
        Assert.Equal(new ServiceObjective(ttft, tpot), ServiceObjective.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("ttft=500")]
    [InlineData("ttft=-1ms")]
    [InlineData("ttft=1ms,ttft=2ms")]
    [InlineData("e2e=1s")]
    public void Other_objectives_are_refused(string text) =>
        Assert.Throws<InputException>(() => ServiceObjective.Parse(text));

    private static double Expected(ModelCost model, HardwareProfile profile, Workload workload) =>
        PlanSearch.TryChoose(model, profile, workload) is { } choice
            ? CostOf(choice.Chosen, workload)
            : double.PositiveInfinity;

    private static double CostOf(Candidate candidate, Workload workload) =>
        workload.Goal == PlanGoal.Throughput
            ? -candidate.Prediction.TokensPerSecond
            : candidate.Prediction.RequestSeconds;

    private static IEnumerable<PlanRequest> AllRequests(int units) =>
        from dp in Enumerable.Range(1, units)
        from pp in Enumerable.Range(1, units / dp)
        from tp in Enumerable.Range(1, units / dp / pp)
        from threads in Enumerable.Range(1, units / dp / pp / tp)
        select new PlanRequest
        {
            DataParallel = dp,
            PipelineParallel = pp,
            TensorParallel = tp,
            Threads = threads,
        };
}
