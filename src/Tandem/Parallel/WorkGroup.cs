using System.Runtime.ExceptionServices;

namespace Tandem.Parallel;

/// <summary>Tasks that end together: the first error of any, or the caller's cancellation, ends all.</summary>
/// <param name="cancellationToken">The caller's.</param>
internal sealed class WorkGroup(CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(
        cancellationToken
    );
    private readonly List<Task> _tasks = [];
    private Exception? _first;

    /// <summary>Cancelled when all are to end.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Starts a task. All are started by one thread, before <see cref="WhenEndedAsync"/>.</summary>
    public void Start(Func<Task> work) => _tasks.Add(Task.Run(() => GuardAsync(work)));

    /// <summary>Waits until every task has ended.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled before all was done.</exception>
    /// <exception cref="Exception">Whatever the first task to fail has thrown.</exception>
    public async Task WhenEndedAsync()
    {
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        if (_first is OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(_first.Message, _first, cancellationToken);
        }
        if (_first is not null)
        {
            ExceptionDispatchInfo.Throw(_first);
        }
    }

    public void Dispose() => _ending.Dispose();

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Those that follow are the other tasks' cancellations, or errors on their way out.
            if (Interlocked.CompareExchange(ref _first, error, null) is null)
            {
                await _ending.CancelAsync().ConfigureAwait(false);
            }
        }
    }
}
