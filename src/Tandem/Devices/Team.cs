using Tandem.Parallel;

namespace Tandem.Devices;

/// <summary>
/// The threads of one rank, which walk every step together: the caller is the first of them, the others wait between
/// steps. One thread a core, each kept on its own, unless there are more threads than cores.
/// </summary>
internal sealed class Team : IDisposable
{
    // Between steps a sampler and a scheduler run, within them only the last tile of another thread.
    private const int SpinBetweenStepsMicroseconds = 200;
    private const int SpinWithinStepMicroseconds = 50;

    private readonly TimeProvider _time;
    private readonly IReadOnlyList<int> _cores;
    private readonly bool _pinned;
    private readonly Thread[] _helpers;
    private readonly Signal _start;
    private readonly Meeting _meeting;
    private Thread? _pinnedThread;
    private long _waitTicks;
    private Action<int>? _work;

    public Team(int threads, IReadOnlyList<int> cores, TimeProvider time)
    {
        Size = threads;
        _time = time;
        _cores = cores;
        _pinned = threads <= cores.Count;
        _start = new Signal(time, _pinned ? SpinBetweenStepsMicroseconds : 0);
        _meeting = new Meeting(threads, time, _pinned ? SpinWithinStepMicroseconds : 0);
        _helpers = new Thread[threads - 1];
        for (var i = 0; i < _helpers.Length; i++)
        {
            var member = i + 1;
            _helpers[i] = new Thread(() => Help(member)) { IsBackground = true, Name = $"tandem worker {member}" };
            _helpers[i].Start();
        }
    }

    public int Size { get; }

    /// <summary>Seconds that the first member has spent waiting for the others.</summary>
    public double WaitSeconds => (double)_waitTicks / _time.TimestampFrequency;

    /// <summary>Runs <paramref name="work"/> on every member, with the member's number. The work must not throw.</summary>
    public void Run(Action<int> work)
    {
        if (_pinned && _pinnedThread != Thread.CurrentThread)
        {
            _pinnedThread = Thread.CurrentThread;
            CpuTopology.Pin(_cores[0]);
        }
        _work = work;
        if (Size > 1)
        {
            _start.Advance();
        }
        work(0);
        Meet(0);
    }

    /// <summary>Waits until every member has come here.</summary>
    public void Meet(int member)
    {
        // Only the first member's waiting is counted, and alone it waits for nobody.
        if (member != 0 || Size == 1)
        {
            _meeting.Meet();
            return;
        }
        var start = _time.GetTimestamp();
        _meeting.Meet();
        _waitTicks += _time.GetTimestamp() - start;
    }

    public void Dispose()
    {
        _work = null;
        _start.Advance();
        foreach (var helper in _helpers)
        {
            helper.Join();
        }
    }

    private void Help(int member)
    {
        if (_pinned)
        {
            CpuTopology.Pin(_cores[member]);
        }
        var seen = 0;
        while (true)
        {
            _start.WaitPast(seen);
            seen++;
            if (_work is not { } work)
            {
                return;
            }
            work(member);
            Meet(member);
        }
    }
}
