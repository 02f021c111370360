using CsCheck;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Serving;
using Tandem.Serving.Simulation;
using Tandem.Tests.Planning;

namespace Tandem.Tests.Serving.Simulation;

/// <summary>Loads on machines that are only described.</summary>
public sealed class SimulatorTest
{
    private static readonly ModelCost s_model = TestMachines.Model(layers: 6);
    private static readonly HardwareProfile s_profile = TestMachines.Profile(TestMachines.Machine(units: 4));

    [Theory]
    [InlineData("tp=1")]
    [InlineData("tp=2")]
    [InlineData("pp=2")]
    [InlineData("dp=2,tp=2")]
    [InlineData("dp=2,pp=2")]
    public void Every_request_gets_all_its_tokens_and_the_same_load_takes_the_same_time(string plan) =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 1_000_000])
            .Sample(
                (count, seed) =>
                {
                    var load = Load(count, 20, seed);
                    var (one, again) = (Run(plan, load), Run(plan, load));
                    Assert.Equal(count, one.Answers.Count);
                    Assert.All(
                        one.Answers,
                        answer =>
                        {
                            Assert.Equal(answer.Request.AnswerTokens, answer.Tokens);
                            Assert.True(answer.TtftSeconds > 0);
                            Assert.True(answer.EndSeconds >= answer.FirstTokenSeconds);
                        }
                    );
                    Assert.Equal(one.Answers, again.Answers);
                },
                iter: 30
            );

    [Fact]
    public void One_request_by_itself_takes_what_is_predicted_of_it()
    {
        foreach (var plan in new[] { "tp=1", "tp=2", "threads=2", "pp=2" })
        {
            var workload = new Workload { PromptTokens = 512, AnswerTokens = 64 };
            var candidate = PlanSearch.Predict(s_model, s_profile, workload, PlanRequest.Parse(plan))!;
            var predicted = candidate.Prediction;
            var answer = Run(plan, [new SimulatedRequest(0, 512, 64)], stepTokensMax: candidate.StepTokensMax).Answers[
                0
            ];
            Assert.InRange(answer.TtftSeconds / predicted.TtftSeconds, 0.95, 1.05);
            Assert.InRange(answer.TpotSeconds / predicted.TpotSeconds, 0.95, 1.05);
        }
    }

    [Theory]
    [InlineData("threads=2", 512, 128, 4)]
    [InlineData("threads=2", 128, 128, 8)]
    [InlineData("tp=2", 256, 256, 8)]
    [InlineData("dp=2", 1024, 1, 8)]
    // Prompts always wait.
    [InlineData("threads=2", 512, 16, 8)]
    [InlineData("threads=2", 1024, 64, 8)]
    [InlineData("tp=2", 512, 16, 16)]
    [InlineData("dp=2", 512, 16, 8)]
    public void Several_requests_at_a_time_take_about_what_is_predicted_of_them(
        string plan,
        int prompt,
        int answer,
        int clients
    )
    {
        var (ttft, tpot, rate) = PredictedOverSimulated(plan, prompt, answer, clients);
        Assert.InRange(ttft, 0.85, 1.15);
        Assert.InRange(tpot ?? 1, 0.85, 1.15);
        Assert.InRange(rate, 0.85, 1.15);
    }

    [Fact]
    public void Where_prompts_always_wait_tokens_still_come_within_the_multiple_that_a_step_may_take()
    {
        var load = Enumerable.Repeat(new SimulatedRequest(0, 512, 16), 60).ToArray();
        var alone = Run("threads=2", load[..1]).Answers[0].TpotSeconds;
        var answers = Run("threads=2", load, closed: 8).Answers;
        Assert.InRange(answers.Average(answer => answer.TpotSeconds), alone, 2.75 * alone);
    }

    [Fact]
    public void Where_nobody_waits_for_single_tokens_prompts_take_all_of_a_step_and_more_tokens_come_a_second()
    {
        var load = Enumerable.Repeat(new SimulatedRequest(0, 512, 64), 64).ToArray();
        var bounded = Run("threads=2", load, closed: 16).TokensPerSecond;
        var unbounded = Run("threads=2", load, closed: 16, stepSlowdownMax: double.PositiveInfinity).TokensPerSecond;
        Assert.InRange(unbounded / bounded, 1.03, 10);
        var (_, _, rate) = PredictedOverSimulated("threads=2", 512, 64, 16, double.PositiveInfinity);
        Assert.InRange(rate, 0.85, 1.15);
    }

    private static (double Ttft, double? Tpot, double Rate) PredictedOverSimulated(
        string plan,
        int prompt,
        int answer,
        int clients,
        double? stepSlowdownMax = null
    )
    {
        var usual = new Workload();
        var workload = usual with
        {
            PromptTokens = prompt,
            AnswerTokens = answer,
            Concurrency = clients,
            StepSlowdownMax = stepSlowdownMax ?? usual.StepSlowdownMax,
        };
        var candidate = PlanSearch.Predict(s_model, s_profile, workload, PlanRequest.Parse(plan))!;
        var load = Enumerable.Repeat(new SimulatedRequest(0, prompt, answer), 12 * clients).ToArray();
        var result = Run(plan, load, clients, candidate.StepTokensMax, workload.StepSlowdownMax);
        // The first come all at once, and the last have fewer beside them.
        var answers = result.Answers.Skip(2 * clients).SkipLast(clients).ToArray();
        var expected = candidate.Prediction;
        return (
            expected.TtftSeconds / answers.Average(one => one.TtftSeconds),
            answer > 1 ? expected.TpotSeconds / answers.Average(one => one.TpotSeconds) : null,
            expected.TokensPerSecond / result.TokensPerSecond
        );
    }

    [Fact]
    public void A_pipeline_overlaps_the_chunks_of_a_prompt()
    {
        SimulatedRequest[] load = [new(0, 4096, 1)];
        var one = Run("tp=1", load).Seconds;
        var two = Run("pp=2", load, stepTokensMax: 256).Seconds;
        Assert.InRange(one / two, 1.5, 2);
    }

    [Fact]
    public void Stages_never_overlap_themselves_and_steps_go_from_stage_to_stage()
    {
        var result = Run("pp=2", Load(20, 50, 1));
        Assert.NotEmpty(result.Steps);
        foreach (var stage in result.Steps.GroupBy(step => step.Stage))
        {
            var inOrder = stage.OrderBy(step => step.Step).ToArray();
            Assert.All(
                inOrder.Zip(inOrder.Skip(1)),
                pair => Assert.True(pair.Second.StartSeconds >= pair.First.EndSeconds)
            );
        }
        foreach (var step in result.Steps.GroupBy(step => step.Step))
        {
            var stages = step.OrderBy(one => one.Stage).ToArray();
            Assert.Equal(2, stages.Length);
            Assert.True(stages[1].StartSeconds >= stages[0].EndSeconds);
        }
    }

    [Fact]
    public void A_closed_loop_keeps_as_many_under_way()
    {
        var load = Enumerable.Range(0, 30).Select(_ => new SimulatedRequest(0, 64, 16)).ToArray();
        var result = Run("tp=2", load, closed: 4);
        Assert.Equal(30, result.Answers.Count);
        Assert.Equal(4, result.Answers.Count(answer => answer.ArrivalSeconds == 0));
        Assert.InRange(result.TokensPerSecond, 1, 10_000);
    }

    [Fact]
    public void More_load_than_a_plan_bears_shows_in_its_goodput()
    {
        var objective = new ServiceObjective(2, 0.1);
        var light = Run("tp=2", Load(60, 0.5, 3)).Goodput(objective);
        var heavy = Run("tp=2", Load(60, 500, 3)).Goodput(objective);
        Assert.Equal(1, light);
        Assert.InRange(heavy, 0, 0.9);
    }

    [Theory]
    [InlineData("tp=2")]
    [InlineData("pp=2")]
    [InlineData("dp=2")]
    public void Machines_that_become_half_as_fast_take_twice_as_long_from_then_on(string plan)
    {
        var half = TestMachines.Profile(TestMachines.Machine(units: 4, slowdown: 2));
        // The second comes long behind the first one's end.
        SimulatedRequest[] load = [new SimulatedRequest(0, 128, 32), new SimulatedRequest(1_000, 128, 32)];
        var (asItWas, changed) = (
            Run(plan, load).Answers,
            Run(plan, load, changes: [new MachineChange(500, half)]).Answers
        );
        var (slow, back) = (
            Run(plan, load, changes: [new MachineChange(0, half)]).Answers,
            Run(plan, load, changes: [new MachineChange(500, half), new MachineChange(900, s_profile)]).Answers
        );

        Assert.Equal(asItWas[0], changed[0]);
        Assert.Equal(slow[1], changed[1]);
        Assert.Equal(asItWas, back);
        Assert.InRange(changed[1].TpotSeconds / asItWas[1].TpotSeconds, 1.8, 2.2);
    }

    [Fact]
    public void Slow_steps_of_one_kind_leave_the_others_as_they_are()
    {
        SimulatedRequest[] load = [new SimulatedRequest(0, 128, 32)];
        var asItIs = Run("tp=2", load).Answers[0];
        var memory = new MachineChange(0, s_profile) { GeneratingSlowdown = 2 };
        var computing = new MachineChange(0, s_profile) { PromptsSlowdown = 2 };
        var (slowTokens, slowPrompts) = (
            Run("tp=2", load, changes: [memory]).Answers[0],
            Run("tp=2", load, changes: [computing]).Answers[0]
        );

        Assert.Equal(asItIs.TtftSeconds, slowTokens.TtftSeconds, 1e-9);
        Assert.InRange(slowTokens.TpotSeconds / asItIs.TpotSeconds, 1.95, 2);
        Assert.InRange(slowPrompts.TtftSeconds / asItIs.TtftSeconds, 1.95, 2);
        Assert.Equal(asItIs.TpotSeconds, slowPrompts.TpotSeconds, 1e-9);
    }

    [Fact]
    public void What_cannot_be_simulated_is_refused()
    {
        var small = new MachineChange(1, TestMachines.Profile(TestMachines.Machine(units: 1)));
        Assert.Throws<InputException>(() => Run("tp=2", [new SimulatedRequest(0, 8, 8)], changes: [small]));
        Assert.Throws<InputException>(() => Run("tp=2", []));
        Assert.Throws<InputException>(() => Run("tp=16", [new SimulatedRequest(0, 8, 8)]));
    }

    [Theory]
    [InlineData("tp=1")]
    [InlineData("tp=2")]
    [InlineData("pp=2")]
    public void Steps_take_what_is_forecast_of_them_on_machines_as_described(string plan)
    {
        var request = PlanRequest.Parse(plan);
        var timer = new PlanEvaluator(s_model, s_profile, new Workload(), areProcesses: false).TimersOf(request, 64)[0];
        using var runner = new SimulatedRunner(
            new TimerSchedule([new(new MachineChange(0, s_profile), timer)]),
            sampledRowsMax: 8
        );
        var scheduler = new Scheduler(
            new SchedulerOptions
            {
                Pages = 64,
                PageLength = 64,
                Context = 2048,
                SequencesMax = 8,
                StepTokensMax = 64,
                PrefixCache = false,
                Depth = runner.Depth,
            }
        );
        using var replica = new Replica(
            scheduler,
            runner,
            new PromptPacer(64, 2.5),
            forecast: new StepForecast(timer, replicas: 1)
        );
        for (var i = 1; i <= 8; i++)
        {
            scheduler.Add(SimulatedReplica.SequenceOf(new SimulatedRequest(0, 50 * i, 5 * i)), TimeSpan.Zero);
        }
        while (scheduler.HasWork)
        {
            replica.Step(out _);
        }
        foreach (var figures in new[] { replica.Generating, replica.WithPrompts })
        {
            Assert.True(figures.Steps > 4);
            Assert.Equal(figures.ComputeSeconds, figures.PredictedSeconds!.Value, 1e-9);
        }
        // All rows but the last of each answer, which no step computes.
        Assert.Equal(36 * 55 - 8, (replica.Generating + replica.WithPrompts).Rows);
    }

    private static SimulationResult Run(
        string plan,
        IReadOnlyList<SimulatedRequest> load,
        int? closed = null,
        int stepTokensMax = 512,
        double? stepSlowdownMax = null,
        IReadOnlyList<MachineChange>? changes = null
    ) =>
        Simulator.Run(
            s_model,
            s_profile,
            PlanRequest.Parse(plan),
            stepTokensMax,
            load,
            new SimulationOptions
            {
                Closed = closed,
                StepSlowdownMax = stepSlowdownMax ?? new Workload().StepSlowdownMax,
                NotesSteps = true,
                Changes = changes ?? [],
            }
        );

    private static SimulatedRequest[] Load(int count, double rate, int seed)
    {
        var random = new Random(seed);
        var at = 0.0;
        var load = new SimulatedRequest[count];
        for (var i = 0; i < count; i++)
        {
            load[i] = new SimulatedRequest(at, random.Next(1, 600), random.Next(1, 60));
            at += -Math.Log(1 - random.NextDouble()) / rate;
        }
        return load;
    }
}
