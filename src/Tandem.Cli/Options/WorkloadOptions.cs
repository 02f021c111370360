using System.CommandLine;
using Tandem.Planning.Search;

namespace Tandem.Cli.Options;

/// <summary>The options that say what a plan is to be good for.</summary>
internal sealed class WorkloadOptions
{
    private readonly Option<int?> _prompt = NewOption.Of(
        "--prompt",
        "N",
        "Tokens of a prompt. [default: 512]",
        Values.Whole(1)
    );
    private readonly Option<int?> _answer = NewOption.Of(
        "--answer",
        "N",
        "Tokens of an answer. [default: 128]",
        Values.Whole(1)
    );
    private readonly Option<int?> _concurrency = NewOption.Of(
        "--concurrency",
        "N",
        "Requests at the same time. [default: 1]",
        Values.Whole(1, 4096)
    );
    private readonly Option<float?> _rate = NewOption.Of(
        "--rate",
        "R",
        "Requests that arrive in a second, instead of --concurrency.",
        Values.Number(1e-6f)
    );
    private readonly Option<PlanGoal?> _goal = NewOption.Of(
        "--for",
        "latency|throughput",
        "What makes a plan better: less time a request, or more tokens a second. [default: latency]",
        Values.OneOf(("latency", PlanGoal.Latency), ("throughput", PlanGoal.Throughput))
    );

    /// <summary>What is to be kept to, such as <c>ttft=500ms,tpot=50ms</c>.</summary>
    public Option<ServiceObjective?> Objective { get; } =
        NewOption.Of(
            "--slo",
            "SLO",
            "What a request may take, such as ttft=500ms,tpot=50ms; the plan with the fewest cores that keeps to it is chosen.",
            Values.Objective
        );

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_prompt);
        command.Add(_answer);
        command.Add(_concurrency);
        command.Add(_rate);
        command.Add(_goal);
        command.Add(Objective);
    }

    /// <summary>What was asked for.</summary>
    public Workload Read(ParseResult parsed)
    {
        var objective = parsed.GetValue(Objective);
        var goal = objective is null ? parsed.GetValue(_goal) ?? PlanGoal.Latency : PlanGoal.Objective;
        var usual = new Workload();
        return new Workload
        {
            PromptTokens = parsed.GetValue(_prompt) ?? usual.PromptTokens,
            AnswerTokens = parsed.GetValue(_answer) ?? usual.AnswerTokens,
            Concurrency = parsed.GetValue(_concurrency) ?? usual.Concurrency,
            ArrivalsPerSecond = parsed.GetValue(_rate),
            StepSlowdownMax = goal == PlanGoal.Throughput ? double.PositiveInfinity : usual.StepSlowdownMax,
            Goal = goal,
            Objective = objective,
        };
    }
}
