using System.Diagnostics;
using System.Runtime.CompilerServices;
using Tandem.Devices;

namespace Tandem.Bench.Measuring;

/// <summary>
/// Two threads, each kept on a core, that pass a cache line to each other when they are asked to. They come first on their cores, whatever computes there:
/// two that wait for each other, each for its turn on a busy core, take tens of milliseconds of both. Where that is not permitted it is so.
/// </summary>
internal sealed class CorePair : IDisposable
{
    // Some tens of microseconds a piece.
    private const int Pieces = 8;
    private const int RoundsAPiece = 100;
    private const int CacheLineInts = 32;

    private readonly int[] _line = new int[2 * CacheLineInts];
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _answering = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private readonly Thread[] _threads;
    private bool _ends;
    private double _nanoseconds;

    /// <summary>Threads on two cores.</summary>
    public CorePair(int asking, int answering)
    {
        _threads = [new(() => Serve(asking, _asked, Exchange)), new(() => Serve(answering, _answering, Answer))];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Nanoseconds that a cache line takes there and back: of the fastest piece, since what else runs there only ever makes it longer.</summary>
    public double Nanoseconds()
    {
        Volatile.Write(ref _line[CacheLineInts], 0);
        _answering.Release();
        _asked.Release();
        foreach (var _ in _threads)
        {
            _done.Wait();
        }
        return _nanoseconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ends = true;
        _answering.Release();
        _asked.Release();
        foreach (var thread in _threads)
        {
            thread.Join();
        }
        _asked.Dispose();
        _answering.Dispose();
        _done.Dispose();
    }

    private void Serve(int core, SemaphoreSlim wanted, Action work)
    {
        CpuTopology.Pin(core);
        _ = RealTimePriority.TryTake();
        while (true)
        {
            wanted.Wait();
            if (_ends)
            {
                return;
            }
            work();
            _done.Release();
        }
    }

    // Compiled at once: what is compiled a second time while it runs tells something else each time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Exchange()
    {
        ref var value = ref _line[CacheLineInts];
        var shortest = double.MaxValue;
        var round = 0;
        for (var piece = 0; piece < Pieces; piece++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var end = round + RoundsAPiece; round < end; round++)
            {
                Volatile.Write(ref value, 2 * round + 1);
                while (Volatile.Read(ref value) != 2 * round + 2) { }
            }
            shortest = Math.Min(shortest, Stopwatch.GetElapsedTime(start).TotalNanoseconds / RoundsAPiece);
        }
        _nanoseconds = shortest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Answer()
    {
        ref var value = ref _line[CacheLineInts];
        for (var round = 0; round < Pieces * RoundsAPiece; round++)
        {
            while (Volatile.Read(ref value) != 2 * round + 1) { }
            Volatile.Write(ref value, 2 * round + 2);
        }
    }
}
