using Tandem.Devices;
using Tandem.Loading;
using Tandem.Planning;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Tests.Planning;

namespace Tandem.Tests.Serving;

/// <summary>What an engine makes of its options before anything is loaded.</summary>
public class PlannerTest
{
    [Fact]
    public void What_was_asked_for_is_done_whatever_a_profile_expects()
    {
        var decision = Decide(new EngineOptions { Plan = PlanRequest.Parse("tp=2"), Profile = Slow(2) });
        Assert.Equal("dp=1,pp=1,tp=2,threads=1", decision.Request.ToString());
        Assert.Equal(decision.Request, decision.Choice?.Chosen.Request ?? decision.Request);
    }

    [Fact]
    public void A_profile_is_asked_for_no_more_cores_than_may_be_used()
    {
        var decision = Decide(new EngineOptions { Threads = 1, Profile = Slow(64) });
        Assert.Equal(1, decision.Request.Workers * decision.Request.Threads);
        Assert.NotNull(decision.Choice);
    }

    [Fact]
    public void Where_caches_for_all_requests_do_not_fit_fewer_run_at_a_time()
    {
        var many = new Workload
        {
            Concurrency = 1 << 20,
            AnswerTokens = 1 << 20,
            Goal = PlanGoal.Throughput,
        };
        Assert.NotNull(Decide(new EngineOptions { Workload = many, Profile = Slow(2) }).Choice);
    }

    [Fact]
    public void Stages_take_prompts_in_the_pieces_that_the_profile_expects_most_of()
    {
        var options = new EngineOptions
        {
            Plan = PlanRequest.Parse("pp=2"),
            Profile = Slow(2),
            Workload = new Workload { PromptTokens = 512, AnswerTokens = 1 },
            SequencesMax = 1,
        };
        var expected = Decide(options);
        // Nothing is predicted for more workers than there are cores.
        Assert.Equal(CpuTopology.PhysicalCores().Count > 1, expected.Choice is not null);
        Assert.Equal(expected.Choice?.Chosen.StepTokensMax ?? 256, expected.StepTokensMax);
        Assert.Equal(256, Decide(options with { Profile = null }).StepTokensMax);
        Assert.Equal(512, Decide(options with { Plan = null, Profile = null }).StepTokensMax);
    }

    [Theory]
    [InlineData("pp=99")]
    [InlineData("tp=99")]
    [InlineData("pp=2,layers=1/1")]
    [InlineData("ep=1")]
    public void What_cannot_be_is_refused_before_anything_is_started(string plan)
    {
        var error = Assert.Throws<InputException>(() => Decide(new EngineOptions { Plan = PlanRequest.Parse(plan) }));
        Assert.Contains("the nearest plan that can be is", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_profile_layers_are_cut_for_what_is_asked()
    {
        IReadOnlyList<int> CutFor(int prompt, int answer)
        {
            var options = new EngineOptions
            {
                Plan = PlanRequest.Parse("pp=2"),
                Workload = new Workload { PromptTokens = prompt, AnswerTokens = answer },
            };
            return Decide(options).Request.Layers!;
        }
        using var file = BuiltInModel.Open();
        var cost = ModelCost.From(file.Header);
        foreach (var (prompt, answer) in new[] { (4096, 1), (1, 4096) })
        {
            var workload = new Workload { PromptTokens = prompt, AnswerTokens = answer };
            Assert.Equal(LayerBalance.Cut(cost, 2, workload).Select(layers => layers.Count), CutFor(prompt, answer));
        }
        var given = new EngineOptions { Plan = PlanRequest.Parse("pp=2,layers=1/5") };
        Assert.Equal([1, 5], Decide(given).Request.Layers);
    }

    [Fact]
    public void Machines_that_are_several_run_no_model_here()
    {
        var two = TestMachines.Profile(TestMachines.Machine(1), TestMachines.Machine(1, slowdown: 2));
        var error = Assert.Throws<InputException>(() => Decide(new EngineOptions { Profile = two }));
        Assert.Contains("describes 2 machines, and a model runs on this one", error.Message, StringComparison.Ordinal);
    }

    private static HardwareProfile Slow(int units) => TestMachines.Profile(TestMachines.Machine(units));

    private static PlanDecision Decide(EngineOptions options)
    {
        using var file = BuiltInModel.Open();
        return Planner.Decide(file.Header, options);
    }
}
