using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Tests.Scheduling;

/// <summary>A scheduler with a fake model behind it, driven a step at a time.</summary>
internal sealed class Driver
{
    private const int Vocabulary = 1_000;
    private readonly FakeModel _model;
    private readonly StepResult _result;
    private readonly Queue<StepPlan> _inFlight = new();

    public Driver(SchedulerOptions options)
    {
        Scheduler = new Scheduler(options);
        _model = new FakeModel(options.Pages, options.PageLength, options.Window, Vocabulary);
        _result = new StepResult(options.SampledRowsMax, 1);
    }

    public Scheduler Scheduler { get; }

    /// <summary>Rows of all steps so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds a sequence.</summary>
    public Sequence Add(int[] prompt, int generatedMax, int priority = 0, string? salt = null, long now = 0)
    {
        var sequence = new Sequence(prompt, generatedMax, SamplingParameters.Greedy)
        {
            Priority = priority,
            Salt = salt,
        };
        Scheduler.Add(sequence, TimeSpan.FromSeconds(now));
        return sequence;
    }

    /// <summary>Hands out the next plan.</summary>
    public StepPlan? Next()
    {
        var plan = Scheduler.Next();
        if (plan is not null)
        {
            _inFlight.Enqueue(plan);
            Rows += plan.Rows;
        }
        return plan;
    }

    /// <summary>Completes the oldest plan; returns the ids of the sequences that got a token.</summary>
    public long[] Complete()
    {
        _model.Run(_inFlight.Dequeue(), _result);
        return [.. Scheduler.Complete(_result).ToArray().Select(sampled => sampled.Sequence.Id)];
    }

    /// <summary>Hands out and completes one plan; null where there is none.</summary>
    public StepPlan? Step()
    {
        var plan = Next();
        if (plan is not null)
        {
            Complete();
        }
        return plan;
    }

    /// <summary>Steps until everyone has finished.</summary>
    public void Finish()
    {
        while (Step() is not null) { }
        Assert.False(Scheduler.HasWork);
    }

    /// <summary>The continuation of a prompt when nobody else is there.</summary>
    public static int[] Alone(int[] prompt, int generated) => FakeModel.Alone(prompt, generated, null, Vocabulary);

    /// <summary>A prompt of so many tokens, counted up from the first.</summary>
    public static int[] Prompt(int length, int first = 0) => [.. Enumerable.Range(first, length)];

    /// <summary>Rows of a plan by sequence id, in the plan's order.</summary>
    public static (long Sequence, int Rows)[] RowsOf(StepPlan plan) =>
        [.. plan.Segments.Take(plan.SegmentCount).Select(segment => (segment.Sequence, segment.Rows))];
}
