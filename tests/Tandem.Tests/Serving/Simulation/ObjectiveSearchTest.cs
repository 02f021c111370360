using CsCheck;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving.Simulation;
using Tandem.Tests.Planning;

namespace Tandem.Tests.Serving.Simulation;

/// <summary>The cheapest plan for a load and an objective, on machines that are only described.</summary>
public sealed class ObjectiveSearchTest
{
    private static readonly ModelCost s_model = TestMachines.Model(layers: 6);
    private static readonly HardwareProfile s_profile = TestMachines.Profile(TestMachines.Machine(units: 4));
    private static readonly SimulationOptions s_options = new();

    [Fact]
    public void The_plan_that_is_found_meets_the_objective_and_no_cheaper_one_does()
    {
        var units = new HashSet<int>();
        var objective = new ServiceObjective(1, 0.03);
        foreach (var rate in new[] { 0.5, 2, 4, 6, 8, 12 })
        {
            var load = Load(60, rate, 7);
            var choice = Find(objective, load);
            if (!choice.Meets)
            {
                continue;
            }
            units.Add(choice.Candidate.Units);
            Assert.InRange(choice.Goodput, ObjectiveSearch.Share, 1);
            foreach (var request in PlanSearch.Requests(s_model, s_profile))
            {
                foreach (var tokens in PlanSearch.ChunksOf(request))
                {
                    if (request.Workers * request.Threads < choice.Candidate.Units)
                    {
                        var cheaper = Simulator.Run(s_model, s_profile, request, tokens, load, s_options);
                        Assert.True(cheaper.Goodput(objective) < ObjectiveSearch.Share, $"{request}, {tokens}");
                    }
                }
            }
        }
        Assert.True(units.Count > 1, "every load was borne by as many units");
    }

    [Fact]
    public void The_same_load_has_the_same_plan_and_breaks_at_the_same_rate()
    {
        var objective = new ServiceObjective(1, 0.02);
        var (one, again) = (Find(objective, Load(40, 4, 3)), Find(objective, Load(40, 4, 3)));
        Assert.Equal(one.Candidate, again.Candidate);
        Assert.Equal(one.Limit, again.Limit);
        Assert.Equal(one.Result.Answers, again.Result.Answers);
        Assert.Equal((one.Considered, one.Simulated), (again.Considered, again.Simulated));
    }

    [Fact]
    public void The_load_at_which_a_plan_breaks_is_between_what_it_bears_and_what_it_does_not() =>
        Gen.Select(Gen.Int[20, 60], Gen.Int[1, 1_000_000], Gen.Double[0.2, 8])
            .Sample(
                (count, seed, rate) =>
                {
                    var objective = new ServiceObjective(1, 0.03);
                    var load = Load(count, rate, seed);
                    var choice = Find(objective, load);
                    var (kept, broken) = (choice.Limit.Kept, choice.Limit.Broken);
                    Assert.Equal(choice.Meets, kept >= 1);
                    if (kept > 0)
                    {
                        Assert.InRange(Goodput(choice, load, objective, kept), ObjectiveSearch.Share, 1);
                    }
                    if (broken is { } multiple)
                    {
                        Assert.InRange(multiple / kept, 1, kept > 0 ? 1.02 : double.PositiveInfinity);
                        Assert.True(Goodput(choice, load, objective, multiple) < ObjectiveSearch.Share);
                    }
                },
                iter: 20
            );

    // What the search for the load that breaks a plan rests on. Far beyond it a few requests more may be in time where all come at once:
    // they share steps that they shared with nobody before.
    [Fact]
    public void More_load_makes_no_broken_plan_whole_again() =>
        Gen.Select(Gen.Int[40, 80], Gen.Int[1, 1_000_000])
            .Sample(
                (count, seed) =>
                {
                    var objective = new ServiceObjective(0.8, 0.03);
                    var load = Load(count, 2, seed);
                    var choice = Find(objective, load);
                    var brokenAt = double.PositiveInfinity;
                    for (var factor = 0.25; factor <= 64; factor *= 2)
                    {
                        var goodput = Goodput(choice, load, objective, factor);
                        var isBroken = goodput < ObjectiveSearch.Share;
                        Assert.True(isBroken || factor < brokenAt, $"{goodput} at {factor}, broken at {brokenAt}");
                        brokenAt = isBroken ? Math.Min(brokenAt, factor) : brokenAt;
                    }
                    Assert.NotEqual(double.PositiveInfinity, brokenAt);
                },
                iter: 20
            );

    [Fact]
    public void Where_no_plan_meets_the_objective_the_nearest_is_told_and_what_it_would_bear()
    {
        var objective = new ServiceObjective(1, 0.02);
        var load = Load(200, 1000, 5);
        var choice = Find(objective, load);
        Assert.False(choice.Meets);
        Assert.InRange(choice.Goodput, 0, ObjectiveSearch.Share);
        Assert.InRange(choice.Limit.Kept, 1e-4, 1);
        var never = Find(new ServiceObjective(1e-6, null), load);
        Assert.False(never.Meets);
        Assert.Equal(0, never.Limit.Kept);
    }

    [Fact]
    public void A_load_that_may_come_at_once_breaks_nothing()
    {
        var choice = Find(new ServiceObjective(1000, 1000), Load(10, 1, 1));
        Assert.True(choice.Meets);
        Assert.Null(choice.Limit.Broken);
        Assert.Equal(1, choice.Candidate.Units);
        SimulatedRequest[] together = [new(0, 64, 8), new(0, 64, 8)];
        var limit = Find(new ServiceObjective(1000, null), together).Limit;
        Assert.Equal(new LoadLimit(1, null, null), limit);
    }

    [Fact]
    public void A_plan_that_was_asked_for_is_the_only_one_looked_at_and_one_that_cannot_be_is_refused()
    {
        var load = Load(20, 2, 1);
        var choice = Find(new ServiceObjective(1, 0.05), load, "pp=2");
        Assert.Equal((2, 1), (choice.Candidate.Request.PipelineParallel, choice.Considered));
        Assert.Throws<InputException>(() => Find(new ServiceObjective(1, 1), load, "tp=16"));
        Assert.Throws<InputException>(() => Find(new ServiceObjective(1, 1), []));
        Assert.Throws<InputException>(() => Find(new ServiceObjective(1, 1), [new(0, 100_000_000, 8)]));
    }

    private static double Goodput(
        ObjectiveChoice choice,
        IReadOnlyList<SimulatedRequest> load,
        ServiceObjective objective,
        double factor
    ) =>
        Simulator
            .Run(
                s_model,
                s_profile,
                choice.Candidate.Request,
                choice.Candidate.StepTokensMax,
                SimulatedLoad.Faster(load, factor),
                s_options
            )
            .Goodput(objective);

    private static ObjectiveChoice Find(
        ServiceObjective objective,
        IReadOnlyList<SimulatedRequest> load,
        string? plan = null
    ) =>
        ObjectiveSearch.Find(
            s_model,
            s_profile,
            objective,
            load,
            s_options,
            plan is null ? null : PlanRequest.Parse(plan)
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
