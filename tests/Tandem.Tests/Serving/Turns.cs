namespace Tandem.Tests.Serving;

/// <summary>
/// Threads that each may go on only when it is their turn: 0, 1, and so on, and 0 again. A turn lasts until its thread comes for the next one, so that
/// whatever follows from it has happened; the last one, behind which nobody comes, is over at once.
/// </summary>
/// <param name="threads">How many threads.</param>
/// <param name="each">Turns of each.</param>
internal sealed class Turns(int threads, int each) : IDisposable
{
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, threads).Select(_ => new SemaphoreSlim(0))];
    private readonly int[] _taken = new int[threads]; // by each thread itself
    private readonly TaskCompletionSource _allWait = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <summary>Until each of them has come.</summary>
    public Task AllWait => _allWait.Task;

    /// <summary>It is the first one's turn.</summary>
    public void Begin() => _turns[0].Release();

    /// <summary>Ends a thread's turn, and waits for its next one.</summary>
    public void Take(int thread)
    {
        if (_taken[thread] > 0)
        {
            PassOn(thread);
        }
        else if (Interlocked.Increment(ref _waiting) == threads)
        {
            _allWait.SetResult();
        }
        _turns[thread].Wait();
        if (++_taken[thread] == each)
        {
            PassOn(thread);
        }
    }

    public void Dispose() => Array.ForEach(_turns, turn => turn.Dispose());

    private void PassOn(int thread) => _turns[(thread + 1) % threads].Release();
}
