using System.Globalization;
using Tandem.Parallel;
using Tandem.Scheduling;

namespace Tandem.Serving;

/// <summary>
/// The copies of a model, each with a loop of its own, behind a router that sends each request to one of them. What cannot run yet waits
/// here, where clients take turns; a loop gets little more than it can begin with at once.
/// </summary>
internal sealed class ReplicaPool : IAsyncDisposable
{
    // How long an answer will be nobody knows; beyond this it counts no more.
    private const int AnswerTokensMax = 512;

    private readonly IReadOnlyList<EngineLoop> _loops;
    private readonly Router _router;
    private readonly EngineOptions _options;
    private readonly Action _released;
    private readonly Lock _lock = new();
    private readonly FairQueue<Job> _queue = new();
    private readonly long _start;
    private int _running; // handed to loops, and not ended
    private bool _isDispatching;
    private bool _isDisposed;

    /// <summary>A pool without requests.</summary>
    /// <param name="loops">The loops, which it disposes.</param>
    /// <param name="router">Picks one.</param>
    /// <param name="options">The bounds of what runs and of what waits.</param>
    /// <param name="released">Called once all loops have ended.</param>
    public ReplicaPool(IReadOnlyList<EngineLoop> loops, Router router, EngineOptions options, Action released)
    {
        (_loops, _router, _options, _released) = (loops, router, options, released);
        _start = options.Time.GetTimestamp();
    }

    /// <summary>What all of them are doing and have done.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            var all = _loops.Select(loop => loop.Statistics).ToArray();
            int waiting;
            lock (_lock)
            {
                waiting = _queue.Count;
            }
            return new EngineStatistics(
                all.Sum(one => one.Running),
                waiting + all.Sum(one => one.Waiting),
                all.Average(one => one.CacheUsage),
                all.Sum(one => one.PrefixTokensAsked),
                all.Sum(one => one.PrefixTokensHit),
                all.Sum(one => one.SetBacks),
                all.Sum(one => one.ProposedTokens),
                all.Sum(one => one.AcceptedTokens),
                all.Select(one => one.Generating).Aggregate((sum, one) => sum + one),
                all.Select(one => one.WithPrompts).Aggregate((sum, one) => sum + one),
                [.. all.SelectMany(one => one.Workers)]
            );
        }
    }

    /// <summary>What has ended a loop; null where none has failed.</summary>
    public Exception? Failure => _loops.Select(loop => loop.Failure).FirstOrDefault(failure => failure is not null);

    private int RunningMax => _options.SequencesMax * _loops.Count;

    // What a step takes of prompts, and as much again for the step after it.
    private long BeginningTokensMax => 2L * _options.StepTokensMax * _loops.Count;

    /// <summary>Takes some jobs: all of them, or none.</summary>
    /// <param name="jobs">The jobs.</param>
    /// <param name="client">Whose they are.</param>
    /// <exception cref="QueueFullException">As many wait as may.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public void Submit(IReadOnlyList<Job> jobs, string client)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(Engine));
            RequireRoom(jobs);
            foreach (var job in jobs)
            {
                var sequence = job.Sequence;
                job.Pool = this;
                if (_options.QueueTimeout is { } limit)
                {
                    job.LimitWaiting(_options.Time, limit);
                }
                _queue.Add(job, client, sequence.PromptLength, OrderOf(sequence));
            }
        }
        Dispatch();
    }

    /// <summary>Ends a job; nothing happens if it has ended.</summary>
    /// <param name="job">The job.</param>
    /// <param name="waitedTooLong">Set to end it only where it has never run, and with this error.</param>
    public void Cancel(Job job, QueueTimeoutException? waitedTooLong = null)
    {
        bool waited;
        lock (_lock)
        {
            waited = _queue.Remove(job);
        }
        if (waited)
        {
            job.End(waitedTooLong);
            job.NoteEnd();
        }
        else
        {
            job.Loop?.Cancel(job, waitedTooLong);
        }
    }

    /// <summary>Hands out what may run now. Loops call it when a job has begun to run, and when one has ended.</summary>
    public void Dispatch()
    {
        lock (_lock)
        {
            // A job that ends as it is handed out, since its loop has ended, comes back here.
            if (_isDispatching)
            {
                return;
            }
            _isDispatching = true;
            while (_running < RunningMax && _queue.TryPeek(out var job) && MayBegin(job))
            {
                _queue.TryTake(out _);
                Hand(job);
            }
            _isDispatching = false;
        }
    }

    /// <summary>Ends all loops after the steps under way; jobs that have not ended fail.</summary>
    public async ValueTask DisposeAsync()
    {
        var waiting = new List<Job>();
        lock (_lock)
        {
            _isDisposed = true;
            while (_queue.TryTake(out var job))
            {
                waiting.Add(job);
            }
        }
        foreach (var job in waiting)
        {
            job.End(new ObjectDisposedException(nameof(Engine)));
            job.NoteEnd();
        }
        foreach (var loop in _loops)
        {
            await loop.DisposeAsync().ConfigureAwait(false);
        }
        _released();
    }

    // The order of the scheduler, so that a priority is worth the same wherever a request waits.
    private long OrderOf(Sequence sequence) =>
        (long)
            Int128.Clamp(
                (Int128)_options.Time.GetElapsedTime(_start).Ticks
                    - (Int128)sequence.Priority * _options.PriorityStep.Ticks,
                long.MinValue,
                long.MaxValue
            );

    private bool MayBegin(Job job)
    {
        var beginning = _loops.Sum(loop => loop.WaitingTokens);
        return beginning == 0 || beginning + job.Sequence.PromptLength <= BeginningTokensMax;
    }

    // To the copy that is best for it, of those that have not failed; without one, it ends.
    private void Hand(Job job)
    {
        var sequence = job.Sequence;
        var work = sequence.PromptLength + Math.Min(sequence.GeneratedMax, AnswerTokensMax);
        // Where nothing is kept, a copy that has computed a prefix is no better a place for it.
        var remembered = _options.PrefixCache ? sequence.Tokens : [];
        int picked;
        while ((picked = _router.Pick(remembered, sequence.Salt, work)) >= 0)
        {
            var replica = picked;
            var loop = _loops[replica];
            (job.Loop, job.OnEnd) = (loop, () => Complete(replica, work));
            _running++;
            if (loop.TrySubmit(job))
            {
                return;
            }
            if (loop.Failure is null)
            {
                job.End(new ObjectDisposedException(nameof(Engine)));
                job.NoteEnd();
                return;
            }
            Complete(replica, work);
            job.OnEnd = null;
            _router.Exclude(replica);
        }
        job.End(AllFailed());
        job.NoteEnd();
    }

    private void Complete(int replica, long work)
    {
        _router.Complete(replica, work);
        lock (_lock)
        {
            _running--;
        }
        Dispatch();
    }

    private Exception AllFailed()
    {
        Exception[] failures = [.. _loops.Select(loop => loop.Failure!)];
        var message =
            failures.Length == 1
                ? failures[0].Message
                : string.Join("; ", failures.Select((failure, copy) => $"copy {copy}: {failure.Message}"));
        return Array.TrueForAll(failures, failure => failure is InputException)
            ? new InputException(message, failures[0])
            : new InvalidOperationException(message, failures[0]);
    }

    private void RequireRoom(IReadOnlyList<Job> jobs)
    {
        var waiting = _queue.Count;
        // What is above a bound is taken where nothing else waits: alone it does no harm, and would never be taken later.
        if (waiting == 0)
        {
            return;
        }
        if (waiting + jobs.Count > _options.WaitingMax)
        {
            throw new QueueFullException(
                waiting >= _options.WaitingMax
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{waiting} requests are waiting, which is as many as may; try again later"
                    )
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{waiting} requests are waiting, and {jobs.Count} more are over the bound of {_options.WaitingMax}; try again later"
                    )
            );
        }
        var tokens = jobs.Sum(job => (long)job.Sequence.PromptLength);
        if (_queue.Tokens + tokens > _options.WaitingTokensMax)
        {
            throw new QueueFullException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"prompts of {_queue.Tokens} tokens are waiting, and {tokens} more are over the bound of {_options.WaitingTokensMax}; try again later"
                )
            );
        }
    }
}
