using Tandem.Parallel;

namespace Tandem.Serving;

/// <summary>The copies of a model, each with a loop of its own, behind a router that sends each request to one of them.</summary>
/// <param name="loops">The loops, which it disposes.</param>
/// <param name="router">Picks one.</param>
/// <param name="released">Called once all loops have ended.</param>
internal sealed class ReplicaPool(IReadOnlyList<EngineLoop> loops, Router router, Action released) : IAsyncDisposable
{
    // How long an answer will be nobody knows; beyond this it counts no more.
    private const int AnswerTokensMax = 512;

    /// <summary>What all of them are doing and have done.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            var all = loops.Select(loop => loop.Statistics).ToArray();
            return new EngineStatistics(
                all.Sum(one => one.Running),
                all.Sum(one => one.Waiting),
                all.Average(one => one.CacheUsage),
                all.Sum(one => one.PrefixTokensAsked),
                all.Sum(one => one.PrefixTokensHit),
                all.Sum(one => one.SetBacks),
                all.Sum(one => one.ProposedTokens),
                all.Sum(one => one.AcceptedTokens),
                all.Sum(one => one.Steps),
                all.Sum(one => one.Rows),
                all.Sum(one => one.ComputeSeconds),
                all.Sum(one => one.WaitSeconds),
                [.. all.SelectMany(one => one.Workers)]
            );
        }
    }

    /// <summary>Gives each of some jobs to the copy that is best for it: all are taken, or none.</summary>
    /// <exception cref="QueueFullException">As many wait there as may.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    /// <exception cref="InputException">All have failed, as the model gives no finite numbers.</exception>
    /// <exception cref="InvalidOperationException">All have failed.</exception>
    public void Submit(IReadOnlyList<Job> jobs)
    {
        var submitted = 0;
        try
        {
            foreach (var job in jobs)
            {
                Submit(job);
                submitted++;
            }
        }
        catch
        {
            foreach (var job in jobs.Take(submitted))
            {
                job.Cancel();
            }
            throw;
        }
    }

    /// <summary>Gives a job to the copy that is best for it, of those that have not failed.</summary>
    /// <exception cref="QueueFullException">As many wait there as may.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    /// <exception cref="InputException">All have failed, as the model gives no finite numbers.</exception>
    /// <exception cref="InvalidOperationException">All have failed.</exception>
    private void Submit(Job job)
    {
        var sequence = job.Sequence;
        var work = sequence.PromptLength + Math.Min(sequence.GeneratedMax, AnswerTokensMax);
        while (true)
        {
            var picked = router.Pick(sequence.Tokens, sequence.Salt, work);
            if (picked < 0)
            {
                throw AllFailed();
            }
            job.OnEnd = () => router.Complete(picked, work);
            job.Loop = loops[picked];
            if (TrySubmit(job))
            {
                return;
            }
            router.Exclude(picked);
        }
    }

    /// <summary>Ends all loops after the steps under way; jobs that have not ended fail.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var loop in loops)
        {
            await loop.DisposeAsync().ConfigureAwait(false);
        }
        released();
    }

    // False where the loop has failed before it took the job.
    private static bool TrySubmit(Job job)
    {
        try
        {
            job.Loop!.Submit(job);
            return true;
        }
        catch (Exception)
        {
            job.NoteEnd();
            if (job.Loop!.Failure is null)
            {
                throw;
            }
            return false;
        }
    }

    private Exception AllFailed()
    {
        Exception[] failures = [.. loops.Select(loop => loop.Failure!)];
        var message =
            failures.Length == 1
                ? failures[0].Message
                : string.Join("; ", failures.Select((failure, copy) => $"copy {copy}: {failure.Message}"));
        return Array.TrueForAll(failures, failure => failure is InputException)
            ? new InputException(message, failures[0])
            : new InvalidOperationException(message, failures[0]);
    }
}
