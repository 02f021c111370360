using Tandem.Scheduling;

namespace Tandem.Planning.Search;

/// <summary>What a plan is to be good for.</summary>
public sealed record Workload
{
    /// <summary>Tokens of a prompt.</summary>
    public int PromptTokens { get; init; } = 512;

    /// <summary>Those of them that a cache has already.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Tokens of an answer.</summary>
    public int AnswerTokens { get; init; } = 128;

    /// <summary>Requests at the same time.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Requests that arrive in a second; null where each follows the one before it, <see cref="Concurrency"/> at a time.</summary>
    public double? ArrivalsPerSecond { get; init; }

    /// <summary>
    /// How long a step with prompts in it may take while others generate, as a multiple of one without: 1 or more, infinity where nobody
    /// waits for single tokens.
    /// </summary>
    public double StepSlowdownMax { get; init; } = PromptPacer.UsualSlowdown;

    /// <summary>What matters.</summary>
    public PlanGoal Goal { get; init; } = PlanGoal.Latency;

    /// <summary>What is to be kept to, for <see cref="PlanGoal.Objective"/>.</summary>
    public ServiceObjective? Objective { get; init; }

    /// <summary>Checks that it makes sense.</summary>
    /// <exception cref="InputException">It does not.</exception>
    public void Check()
    {
        if (PromptTokens < 1 || AnswerTokens < 1 || Concurrency < 1 || ArrivalsPerSecond <= 0)
        {
            throw new InputException(
                FormattableString.Invariant(
                    $"workload: prompts of {PromptTokens} tokens, answers of {AnswerTokens}, {Concurrency} at once, {ArrivalsPerSecond ?? 1} a second; expected 1 or more of each, and more than 0 a second"
                )
            );
        }
        if (CachedTokens < 0 || CachedTokens >= PromptTokens)
        {
            throw new InputException(
                $"workload: {CachedTokens} of a prompt's {PromptTokens} tokens are cached, expected 0 or more and not all"
            );
        }
        if (!(StepSlowdownMax >= 1))
        {
            throw new InputException(
                FormattableString.Invariant(
                    $"workload: steps with prompts may take {StepSlowdownMax} times as long as without, expected 1 or more"
                )
            );
        }
        if (Goal == PlanGoal.Objective && Objective is null)
        {
            throw new InputException("workload: an objective is to be kept to and none is given");
        }
    }
}
