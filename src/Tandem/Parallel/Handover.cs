namespace Tandem.Parallel;

/// <summary>
/// A bounded buffer from one thread to one other. Whoever hands over waits for a credit, which comes back when an item is
/// taken. An error on either side ends both.
/// </summary>
/// <param name="itemsMax">How many items may wait.</param>
/// <param name="time">Measures waiting.</param>
/// <param name="spinMicroseconds">How long to watch before sleeping; 0 where there are more threads than cores.</param>
internal sealed class Handover<T>(int itemsMax, TimeProvider time, int spinMicroseconds)
{
    private readonly T[] _items = new T[itemsMax];
    private readonly Signal _puts = new(time, spinMicroseconds);
    private readonly Signal _takes = new(time, spinMicroseconds);
    private int _put;
    private int _taken;
    private long _putWaitTicks;
    private long _takeWaitTicks;
    private volatile Exception? _error;

    /// <summary>Seconds that the one who hands over has waited for credits.</summary>
    public double CreditWaitSeconds => (double)Volatile.Read(ref _putWaitTicks) / time.TimestampFrequency;

    /// <summary>Seconds that the one who takes has waited for items.</summary>
    public double ItemWaitSeconds => (double)Volatile.Read(ref _takeWaitTicks) / time.TimestampFrequency;

    /// <summary>Hands over an item, when there is room.</summary>
    /// <exception cref="GroupFailedException">The other side has failed.</exception>
    public void Put(T item)
    {
        var start = time.GetTimestamp();
        while (_put - Volatile.Read(ref _taken) >= itemsMax)
        {
            ThrowIfFailed();
            var seen = _takes.Value;
            if (_put - Volatile.Read(ref _taken) >= itemsMax && _error is null)
            {
                _takes.WaitPast(seen);
            }
        }
        ThrowIfFailed();
        _putWaitTicks += time.GetTimestamp() - start;
        _items[_put % itemsMax] = item;
        Volatile.Write(ref _put, _put + 1);
        _puts.Advance();
    }

    /// <summary>Waits for an item.</summary>
    /// <exception cref="GroupFailedException">The other side has failed.</exception>
    public T Take()
    {
        var start = time.GetTimestamp();
        while (Volatile.Read(ref _put) == _taken)
        {
            ThrowIfFailed();
            var seen = _puts.Value;
            if (Volatile.Read(ref _put) == _taken && _error is null)
            {
                _puts.WaitPast(seen);
            }
        }
        _takeWaitTicks += time.GetTimestamp() - start;
        var item = _items[_taken % itemsMax];
        Volatile.Write(ref _taken, _taken + 1);
        _takes.Advance();
        return item;
    }

    /// <summary>Ends both sides with an error; the first one counts.</summary>
    public void Fail(Exception error)
    {
        Interlocked.CompareExchange(ref _error, error, null);
        _puts.Advance();
        _takes.Advance();
    }

    private void ThrowIfFailed()
    {
        if (_error is { } error)
        {
            throw new GroupFailedException(error);
        }
    }
}
