using System.Threading.Channels;

namespace Tandem.Serving;

/// <summary>
/// The thread that drives a replica: takes requests and cancellations, steps, and hands out what steps bring. It sleeps while there
/// is nothing to do. Everything else may call from any thread.
/// </summary>
internal sealed class EngineLoop : IAsyncDisposable
{
    private readonly Replica _replica;
    private readonly TimeProvider _time;
    private readonly long _start;

    // A waiting loop is woken by whoever writes, without a detour over the thread pool.
    private readonly Channel<Command> _commands = Channel.CreateUnbounded<Command>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true }
    );

    private readonly HashSet<Job> _jobs = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;
    private long _waitingTokens;
    private volatile bool _stopping;
    private volatile Exception? _error;

    /// <summary>Starts the thread.</summary>
    /// <param name="replica">What it drives, and disposes when it ends.</param>
    /// <param name="time">The clock.</param>
    public EngineLoop(Replica replica, TimeProvider time)
    {
        (_replica, _time) = (replica, time);
        _start = time.GetTimestamp();
        new Thread(Run) { IsBackground = true, Name = "tandem engine" }.Start();
    }

    /// <summary>What it is doing and has done.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            var scheduler = _replica.Scheduler;
            var used = scheduler.Cache.Count - scheduler.Cache.Available;
            return new EngineStatistics(
                scheduler.Running.Length,
                Volatile.Read(ref _waiting),
                (double)used / scheduler.Cache.Count,
                scheduler.PrefixTokensAsked,
                scheduler.PrefixTokensHit,
                scheduler.SetBacks,
                scheduler.ProposedTokens,
                scheduler.AcceptedTokens,
                _replica.Generating,
                _replica.WithPrompts,
                _replica.Workers
            );
        }
    }

    /// <summary>What has ended the loop, as those are told who ask it; null where nothing has failed.</summary>
    public Exception? Failure => _error is null ? null : Ended();

    /// <summary>Tokens of the prompts of jobs that it has and that have not run.</summary>
    public long WaitingTokens => Volatile.Read(ref _waitingTokens);

    /// <summary>Takes a job; false where the loop has ended.</summary>
    public bool TrySubmit(Job job)
    {
        Interlocked.Increment(ref _waiting);
        Interlocked.Add(ref _waitingTokens, job.Sequence.PromptLength);
        job.IsQueued = true;
        if (!_commands.Writer.TryWrite(new Command(job, Cancels: false, null)))
        {
            LeaveQueue(job);
            return false;
        }
        return true;
    }

    /// <summary>Ends a job; nothing happens if it has ended.</summary>
    /// <param name="job">The job.</param>
    /// <param name="waitedTooLong">Set to end it only where it has never run, and with this error.</param>
    public void Cancel(Job job, QueueTimeoutException? waitedTooLong) =>
        _commands.Writer.TryWrite(new Command(job, Cancels: true, waitedTooLong));

    /// <summary>Ends the loop after the step under way; jobs that have not ended fail. May be called at any time and often.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _commands.Writer.TryComplete();
        await _ended.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        try
        {
            while (Receive())
            {
                Step();
            }
            EndAll();
        }
        catch (Exception error)
        {
            _error = error;
            EndAll();
        }
        finally
        {
            _replica.Dispose();
            _ended.SetResult();
        }
    }

    // Takes the commands that are there, and waits for one where there is nothing else to do; false at the end.
    private bool Receive()
    {
        do
        {
            while (!_stopping && _commands.Reader.TryRead(out var command))
            {
                Apply(command);
            }
            if (_stopping || _replica.Scheduler.HasWork)
            {
                return !_stopping;
            }
        } while (_commands.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult());
        return false;
    }

    private void Apply(Command command)
    {
        var job = command.Job;
        if (command.Cancels)
        {
            if (_jobs.Contains(job) && (command.Error is null || job.IsQueued))
            {
                _replica.Scheduler.Remove(job.Sequence);
                End(job, command.Error);
            }
            return;
        }
        _jobs.Add(job);
        try
        {
            _replica.Scheduler.Add(job.Sequence, _time.GetElapsedTime(_start));
        }
        catch (InputException error)
        {
            End(job, error);
        }
    }

    private void Step()
    {
        var start = _time.GetTimestamp();
        var tokens = _replica.Step(out var result);
        ReplicaPool? pool = null;
        foreach (var sequence in _replica.Scheduler.Running)
        {
            NoteRunning((Job)sequence.Owner!, start, ref pool);
        }
        foreach (var token in tokens)
        {
            var job = (Job)token.Sequence.Owner!;
            if (!_jobs.Contains(job))
            {
                continue; // it ended with an earlier one of the step's tokens
            }
            NoteRunning(job, start, ref pool);
            try
            {
                if (!job.Deliver(token, result!))
                {
                    continue;
                }
                End(job, null);
            }
            catch (InputException error)
            {
                End(job, error);
            }
            _replica.Scheduler.Remove(token.Sequence);
        }
        // There is room for others to begin. Not before those that ended are known to have: this copy would seem to have more to do
        // than it has, and they would go to another one.
        pool?.Dispatch();
    }

    private void NoteRunning(Job job, long timestamp, ref ReplicaPool? pool)
    {
        if (job.IsQueued)
        {
            LeaveQueue(job);
            job.NoteRunning(timestamp);
            pool = job.Pool;
        }
    }

    private void LeaveQueue(Job job)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _waitingTokens, -job.Sequence.PromptLength);
        job.IsQueued = false;
    }

    private void End(Job job, Exception? error)
    {
        _jobs.Remove(job);
        if (job.IsQueued)
        {
            LeaveQueue(job);
        }
        job.End(error);
        job.NoteEnd();
    }

    private void EndAll()
    {
        _commands.Writer.TryComplete();
        while (_commands.Reader.TryRead(out var command))
        {
            _jobs.Add(command.Job);
        }
        foreach (var job in _jobs)
        {
            job.End(Ended());
            job.NoteEnd();
        }
        _jobs.Clear();
    }

    private Exception Ended() =>
        _error switch
        {
            null => new ObjectDisposedException(nameof(Engine)),
            InputException error => new InputException(error.Message, error),
            var error => new InvalidOperationException($"the engine has failed: {error.Message}", error),
        };

    private readonly record struct Command(Job Job, bool Cancels, Exception? Error);
}
