namespace Tandem.Parallel;

/// <summary>
/// A counter that one thread advances and others wait for: they watch it for a moment, since most waits are short, and
/// then sleep, so that a late thread gets the core that it needs.
/// </summary>
/// <param name="time">Measures the watching.</param>
/// <param name="spinMicroseconds">How long to watch; 0 where there are more threads than cores.</param>
internal sealed class Signal(TimeProvider time, int spinMicroseconds)
{
    private readonly long _spinTicks = spinMicroseconds * time.TimestampFrequency / 1_000_000;
    private readonly object _monitor = new();
    private int _value;
    private int _sleepers;

    public int Value => Volatile.Read(ref _value);

    /// <summary>Moves on by one and wakes everybody who waits.</summary>
    public void Advance()
    {
        // The exchange is a full fence: whoever counted himself a sleeper before it is seen, whoever comes after it sees the value.
        Interlocked.Increment(ref _value);
        if (Volatile.Read(ref _sleepers) > 0)
        {
            lock (_monitor)
            {
                Monitor.PulseAll(_monitor);
            }
        }
    }

    /// <summary>Returns when the counter is no longer <paramref name="seen"/>.</summary>
    public void WaitPast(int seen)
    {
        if (_spinTicks > 0)
        {
            var start = time.GetTimestamp();
            do
            {
                for (var i = 0; i < 16; i++)
                {
                    if (Value != seen)
                    {
                        return;
                    }
                    Thread.SpinWait(1);
                }
            } while (time.GetTimestamp() - start < _spinTicks);
        }
        lock (_monitor)
        {
            Interlocked.Increment(ref _sleepers);
            while (Value == seen)
            {
                Monitor.Wait(_monitor);
            }
            Interlocked.Decrement(ref _sleepers);
        }
    }
}
