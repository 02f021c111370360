using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Serving;

/// <summary>A request on its way through the engine. But for its making, all of it happens in the engine's loop.</summary>
internal abstract class Job
{
    private ITimer? _waitingLimit;

    /// <summary>A request that is to be submitted.</summary>
    /// <param name="sequence">Its tokens, for the scheduler.</param>
    /// <param name="time">The clock.</param>
    /// <param name="echo">How many of the tokens that it delivers first are its prompt's.</param>
    protected Job(Sequence sequence, TimeProvider time, int echo = 0)
    {
        (Sequence, Timing) = (sequence, new JobTiming(time, echo));
        sequence.Owner = this;
    }

    /// <summary>Its tokens, for the scheduler.</summary>
    public Sequence Sequence { get; }

    /// <summary>Its times.</summary>
    public JobTiming Timing { get; }

    /// <summary>Whether it counts against the queue's bounds: from its submission until it runs for the first time.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Where it waits, and who ends it.</summary>
    public ReplicaPool? Pool { get; set; }

    /// <summary>Where it runs; null while it waits.</summary>
    public EngineLoop? Loop { get; set; }

    /// <summary>Called when it has ended, in whatever way; the first time counts.</summary>
    public Action? OnEnd { get; set; }

    /// <summary>Tells that it runs for the first time.</summary>
    /// <param name="timestamp">Since when.</param>
    public void NoteRunning(long timestamp)
    {
        Timing.Run(timestamp);
        Interlocked.Exchange(ref _waitingLimit, null)?.Dispose();
    }

    /// <summary>Tells that it has ended.</summary>
    public void NoteEnd()
    {
        Interlocked.Exchange(ref _waitingLimit, null)?.Dispose();
        OnEnd?.Invoke();
        OnEnd = null;
    }

    /// <summary>Ends it from any thread; nothing happens if it has ended.</summary>
    public void Cancel() => Pool?.Cancel(this);

    /// <summary>Ends it where it has not run by then.</summary>
    public void LimitWaiting(TimeProvider time, TimeSpan limit)
    {
        _waitingLimit = time.CreateTimer(
            _ => Pool!.Cancel(this, new QueueTimeoutException(limit)),
            null,
            limit,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Takes what a step brought; true where the job ends with it.</summary>
    /// <exception cref="InputException">It makes no sense; the job is to end with that.</exception>
    public abstract bool Deliver(SampledToken token, StepResult result);

    /// <summary>Ends it with an error, or without one where it was cancelled. Nothing happens if it has delivered its end.</summary>
    public abstract void End(Exception? error);
}
