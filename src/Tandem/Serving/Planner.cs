using Tandem.Devices;
using Tandem.Models.Architectures;
using Tandem.Planning;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>Plans for engines, without loading anything.</summary>
public static class Planner
{
    /// <summary>
    /// How an engine with these options would split a model on this machine: as its plan says; else by its profile, for its workload;
    /// else into ranks over the cores, but a small model not at all.
    /// </summary>
    /// <param name="header">The model's header.</param>
    /// <param name="options">The options.</param>
    /// <param name="areProcesses">Whether its workers are to be processes.</param>
    /// <exception cref="InputException">The model cannot be split as asked, or options or header contradict themselves.</exception>
    public static PlanDecision Decide(ModelHeader header, EngineOptions options, bool areProcesses = false)
    {
        options.Check();
        if (options.Plan is { } asked)
        {
            new SliceCutter(header, Architecture.Read(header)).Check(asked);
        }
        var cores = CpuTopology.PhysicalCores().Count;
        var cost = ModelCost.From(header);
        var choice = options.Profile is null ? null : Choose(cost, options, areProcesses);
        var request =
            choice?.Chosen.Request
            ?? WithLayers(options.Plan ?? DefaultPlan.Of(cost, options.Threads ?? cores), cost, options);
        // Smaller chunks of prompts where stages pass them on: all stages have one sooner.
        var chunk = choice is { Chosen.Request.PipelineParallel: > 1 }
            ? Math.Min(options.StepTokensMax, choice.Chosen.StepTokensMax)
            : options.StepTokensMax / request.PipelineParallel;
        return new PlanDecision(request, Math.Max(options.SequencesMax + 1, chunk), choice);
    }

    /// <summary>Who would have what if an engine were loaded with these options on this machine.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="options">The options.</param>
    /// <param name="areProcesses">Whether its workers are to be processes, each with the limits that this one has.</param>
    /// <exception cref="InputException">The model cannot be split so, or the memory does not suffice.</exception>
    public static Plan Plan(ModelHeader header, EngineOptions options, bool areProcesses = false) =>
        Plan(header, options, Decide(header, options, areProcesses), areProcesses);

    /// <summary>Who would have what if an engine were loaded with these options, split as was decided for them.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="options">The options.</param>
    /// <param name="decision">What <see cref="Decide"/> has given.</param>
    /// <param name="areProcesses">Whether its workers are to be processes, each with the limits that this one has.</param>
    /// <exception cref="InputException">The model cannot be split so, or the memory does not suffice.</exception>
    public static Plan Plan(
        ModelHeader header,
        EngineOptions options,
        PlanDecision decision,
        bool areProcesses = false
    ) =>
        LoadedModel.MakePlan(
            header,
            Architecture.Read(header, options.Context ?? 0),
            EngineLoader.OptionsOf(Settled(options, decision)) with
            {
                AreProcesses = areProcesses,
            }
        );

    /// <summary>Options that say what was decided.</summary>
    internal static EngineOptions Settled(EngineOptions options, PlanDecision decision) =>
        options with
        {
            Plan = decision.Request,
            StepTokensMax = decision.StepTokensMax,
        };

    private static PlanRequest WithLayers(PlanRequest request, ModelCost cost, EngineOptions options) =>
        request.Layers is null && request.PipelineParallel > 1
            ? request with
            {
                Layers =
                [
                    .. LayerBalance
                        .Cut(cost, request.PipelineParallel, options.Workload)
                        .Select(layers => layers.Count),
                ],
            }
            : request;

    /// <summary>A profile with no more cores than may be used, and the memory that is free now.</summary>
    /// <exception cref="InputException">It describes several machines.</exception>
    internal static HardwareProfile Usable(HardwareProfile profile, EngineOptions options)
    {
        var cores = CpuTopology.PhysicalCores().Count;
        return profile.Within(Math.Min(options.Threads ?? cores, cores), Math.Max(1, SystemMemory.AvailableBytes()));
    }

    // With fewer requests at a time where caches for all do not fit: the others wait. Null where nothing is expected of the plan, or
    // nothing fits: what is missing is said where the plan is made.
    private static PlanChoice? Choose(ModelCost cost, EngineOptions options, bool areProcesses)
    {
        var profile = Usable(options.Profile!, options);
        var context = Math.Max(1, options.Context ?? cost.Context);
        for (var requests = options.Workload.Concurrency; requests >= 1; requests /= 2)
        {
            var workload = options.Workload with
            {
                PromptTokens = Math.Min(options.Workload.PromptTokens, context),
                AnswerTokens = Math.Min(options.Workload.AnswerTokens, context),
                Concurrency = requests,
            };
            if (options.Plan is not { } asked)
            {
                if (PlanSearch.TryChoose(cost, profile, workload, areProcesses) is { } choice)
                {
                    return choice;
                }
            }
            else if (PlanSearch.Predict(cost, profile, workload, asked, areProcesses) is { } expected)
            {
                return PlanChoice.OfAsked(expected);
            }
        }
        return null;
    }
}
