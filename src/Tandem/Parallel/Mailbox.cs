namespace Tandem.Parallel;

/// <summary>Messages from one thread to one other: room for one, so that a sender is never more than one ahead.</summary>
/// <param name="time">Measures how long a thread watches before it sleeps.</param>
/// <param name="spinMicroseconds">How long to watch; 0 where there are more threads than cores.</param>
internal sealed class Mailbox(TimeProvider time, int spinMicroseconds)
{
    private readonly Signal _sent = new(time, spinMicroseconds);
    private readonly Signal _taken = new(time, spinMicroseconds);
    private byte[] _data = [];
    private int _length;
    private int _sends;
    private int _takes;
    private volatile Exception? _error;

    /// <summary>Copies a message in, after the one before it was taken.</summary>
    /// <exception cref="GroupFailedException">The other thread has failed.</exception>
    public void Put(ReadOnlySpan<byte> data)
    {
        if (_sends > 0)
        {
            Await(_taken, _sends - 1);
        }
        if (_data.Length < data.Length)
        {
            _data = new byte[data.Length];
        }
        data.CopyTo(_data);
        _length = data.Length;
        _sends++;
        _sent.Advance();
    }

    /// <summary>Waits for a message and copies it out.</summary>
    /// <exception cref="ArgumentException">It has another length.</exception>
    /// <exception cref="GroupFailedException">The other thread has failed.</exception>
    public void Take(Span<byte> data)
    {
        Await(_sent, _takes);
        if (_length != data.Length)
        {
            throw new ArgumentException($"a message of {_length} bytes came where {data.Length} were expected");
        }
        _data.AsSpan(0, _length).CopyTo(data);
        _takes++;
        _taken.Advance();
    }

    /// <summary>Wakes whoever waits, with an error.</summary>
    public void Fail(Exception error)
    {
        Interlocked.CompareExchange(ref _error, error, null);
        _sent.Advance();
        _taken.Advance();
    }

    private void Await(Signal signal, int seen)
    {
        signal.WaitPast(seen);
        if (_error is { } error)
        {
            throw new GroupFailedException(error);
        }
    }
}
