namespace Tandem.Parallel;

/// <summary>Where a fixed number of threads wait for each other, again and again.</summary>
/// <param name="size">How many threads.</param>
/// <param name="time">Measures how long a thread watches before it sleeps.</param>
/// <param name="spinMicroseconds">How long to watch; 0 where there are more threads than cores.</param>
internal sealed class Meeting(int size, TimeProvider time, int spinMicroseconds)
{
    private readonly Signal _signal = new(time, spinMicroseconds);
    private int _arrived;
    private volatile Exception? _error;

    /// <summary>Waits until every thread has come here.</summary>
    /// <exception cref="GroupFailedException">One will not come.</exception>
    public void Meet()
    {
        if (size == 1)
        {
            return;
        }
        var seen = _signal.Value;
        ThrowIfFailed();
        if (Interlocked.Increment(ref _arrived) == size)
        {
            Volatile.Write(ref _arrived, 0);
            _signal.Advance();
            return;
        }
        _signal.WaitPast(seen);
        ThrowIfFailed();
    }

    /// <summary>Says that a thread will not come: whoever waits, and whoever comes later, throws. The first error counts.</summary>
    public void Fail(Exception error)
    {
        Interlocked.CompareExchange(ref _error, error, null);
        _signal.Advance();
    }

    private void ThrowIfFailed()
    {
        if (_error is { } error)
        {
            throw new GroupFailedException(error);
        }
    }
}
