namespace Tandem.Parallel;

/// <summary>Counts what one stage does; its workers share it.</summary>
internal sealed class StageMeter(string name, int workers, TimeProvider time)
{
    private long _items;
    private long _busyTicks;
    private long _inputTicks;
    private long _roomTicks;

    public StageFigures Figures =>
        new(name, workers, _items, new TimeSpan(_busyTicks), new TimeSpan(_inputTicks), new TimeSpan(_roomTicks));

    /// <summary>When something began; the other methods take it and give back when the next thing does.</summary>
    public long Start() => time.GetTimestamp();

    public long WaitedForInput(long start) => Add(ref _inputTicks, start);

    public long WaitedForRoom(long start) => Add(ref _roomTicks, start);

    public long Worked(long start) => Add(ref _busyTicks, start);

    public void Finished() => Interlocked.Increment(ref _items);

    private long Add(ref long sum, long start)
    {
        var now = time.GetTimestamp();
        Interlocked.Add(ref sum, time.GetElapsedTime(start, now).Ticks);
        return now;
    }
}
