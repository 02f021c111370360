namespace Tandem.Tests.Serving;

/// <summary>Threads that each may go on only when it is their turn: 0, 1, and so on, and 0 again.</summary>
internal sealed class Turns(int threads) : IDisposable
{
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, threads).Select(_ => new SemaphoreSlim(0))];
    private readonly TaskCompletionSource _allWait = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <summary>Until each of them has come.</summary>
    public Task AllWait => _allWait.Task;

    /// <summary>It is the first one's turn.</summary>
    public void Begin() => _turns[0].Release();

    /// <summary>Waits for a thread's turn; then it is the next one's.</summary>
    public void Take(int thread)
    {
        if (Interlocked.Increment(ref _waiting) == threads)
        {
            _allWait.SetResult();
        }
        _turns[thread].Wait();
        _turns[(thread + 1) % threads].Release();
    }

    public void Dispose() => Array.ForEach(_turns, turn => turn.Dispose());
}
