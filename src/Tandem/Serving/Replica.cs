using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Serving.Speculation;

namespace Tandem.Serving;

/// <summary>
/// One copy of a model: what computes its steps, and the scheduler that says which. All of it belongs to one thread. A step
/// allocates nothing, but where a sequence joins.
/// </summary>
/// <param name="scheduler">Decides what is computed; its depth is the runner's.</param>
/// <param name="runner">Computes it.</param>
/// <param name="pacer">Bounds the prompts beside generation.</param>
/// <param name="speculator">Has next tokens guessed; null for nobody.</param>
/// <param name="forecast">What is expected of steps; null where nobody knows.</param>
internal sealed class Replica(
    Scheduler scheduler,
    IModelRunner runner,
    PromptPacer pacer,
    Speculator? speculator = null,
    StepForecast? forecast = null
) : IDisposable
{
    private readonly Queue<StepShape> _shapes = new(runner.Depth);

    /// <summary>The sequences.</summary>
    public Scheduler Scheduler => scheduler;

    /// <summary>What each worker has spent its time on.</summary>
    public IReadOnlyList<WorkerFigures> Workers => runner.Workers;

    /// <summary>Steps so far in which sequences generated and nothing else.</summary>
    public StepFigures Generating { get; private set; } = new(0, 0, 0, 0, forecast is null ? null : 0);

    /// <summary>Steps so far in which there was some of a prompt.</summary>
    public StepFigures WithPrompts { get; private set; } = new(0, 0, 0, 0, forecast is null ? null : 0);

    /// <summary>
    /// Schedules as many steps as there are stages, waits for the oldest, and gives what it brought; without work, nothing.
    /// </summary>
    /// <param name="result">The step's result; valid, as what is returned, until the next call.</param>
    public ReadOnlySpan<SampledToken> Step(out StepResult? result)
    {
        scheduler.MixedPromptTokensMax = pacer.TokensMax;
        speculator?.Propose();
        while (scheduler.Next() is { } plan)
        {
            _shapes.Enqueue(StepShape.Of(plan, forecast?.Seconds(plan, _shapes.Count + 1)));
            runner.Submit(plan);
        }
        if (scheduler.InFlight == 0)
        {
            result = null;
            return [];
        }
        result = runner.Receive();
        Account(_shapes.Dequeue(), result);
        return scheduler.Complete(result);
    }

    /// <summary>Ends the runner, and the speculator.</summary>
    public void Dispose()
    {
        runner.Dispose();
        speculator?.Dispose();
    }

    private void Account(StepShape shape, StepResult result)
    {
        var seconds = result.ComputeSeconds + result.WaitSeconds;
        pacer.Observe(shape.PromptRows, shape.GeneratingRows, seconds);
        var figures = new StepFigures(
            1,
            shape.PromptRows + shape.GeneratingRows,
            result.ComputeSeconds,
            result.WaitSeconds,
            shape.PredictedSeconds
        );
        if (shape.PromptRows == 0)
        {
            speculator?.Observe(shape.GeneratingRows, seconds);
            Generating += figures;
        }
        else
        {
            WithPrompts += figures;
        }
    }

    private readonly record struct StepShape(int PromptRows, int GeneratingRows, double? PredictedSeconds)
    {
        public static StepShape Of(StepPlan plan, double? predictedSeconds)
        {
            var generating = plan.GeneratingRows;
            return new StepShape(plan.Rows - generating, generating, predictedSeconds);
        }
    }
}
