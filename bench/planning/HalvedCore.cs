using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Tandem.Bench.Measuring;
using Tandem.Devices;

namespace Tandem.Bench.Planning;

/// <summary>Takes half of a core's time from everybody else, a fraction of a millisecond at a time: whatever runs there takes twice as long. On Linux, for who may have real-time priority.</summary>
internal sealed partial class HalvedCore : IDisposable
{
    private const uint SleepMicroseconds = 300;

    private readonly Thread _thread;
    private readonly TaskCompletionSource _started = new();
    private volatile bool _ended;
    private double _sleptSeconds;
    private double _busySeconds;

    /// <summary>Begins.</summary>
    /// <exception cref="Win32Exception">The system does not allow it.</exception>
    public HalvedCore(int core)
    {
        _thread = new Thread(() => Run(core)) { IsBackground = true };
        _thread.Start();
        _started.Task.GetAwaiter().GetResult();
    }

    /// <summary>How many times as long things have taken there, switching aside.</summary>
    public double Slowdown => 1 + Volatile.Read(ref _busySeconds) / Volatile.Read(ref _sleptSeconds);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended = true;
        _thread.Join();
    }

    private void Run(int core)
    {
        CpuTopology.Pin(core);
        if (!RealTimePriority.TryTake())
        {
            _started.SetException(new Win32Exception());
            return;
        }
        _started.SetResult();
        while (!_ended)
        {
            var start = Stopwatch.GetTimestamp();
            _ = Sleep(SleepMicroseconds);
            // Busy as long as it slept, however late it was woken.
            var slept = Stopwatch.GetElapsedTime(start);
            start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < slept) { }
            _sleptSeconds += slept.TotalSeconds;
            _busySeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
