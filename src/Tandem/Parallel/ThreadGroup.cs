using System.Runtime.ExceptionServices;

namespace Tandem.Parallel;

/// <summary>
/// Ranks that are threads of one process: they reduce and copy in each other's memory, and meet by watching a counter
/// for a moment, then sleeping.
/// </summary>
public sealed class ThreadGroup
{
    // A rank that is late by more than this has most likely lost its core.
    private const int SpinMicroseconds = 100;

    private readonly ThreadRank[] _members;

    /// <summary>A group of so many ranks; each thread takes one of them.</summary>
    /// <param name="size">How many ranks.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="spins">Whether waiting threads watch before they sleep: not where there are more threads than cores.</param>
    public ThreadGroup(int size, TimeProvider time, bool spins = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var spin = spins ? SpinMicroseconds : 0;
        var meeting = new Meeting(size, time, spin);
        var mailboxes = new Mailbox[size * size];
        for (var i = 0; i < mailboxes.Length; i++)
        {
            mailboxes[i] = new Mailbox(time, spin);
        }
        var shared = new SharedMemory(meeting, mailboxes, new nint[size], new int[size]);
        _members = [.. Enumerable.Range(0, size).Select(rank => new ThreadRank(rank, size, shared, time))];
    }

    /// <summary>The end of one rank.</summary>
    public ICommunicator this[int rank] => _members[rank];

    /// <summary>Runs <paramref name="work"/> on a thread for each rank; where one throws, all end, and the first error is thrown.</summary>
    /// <param name="size">How many ranks.</param>
    /// <param name="work">What each does with its end of the group.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="spins">Whether waiting threads watch before they sleep.</param>
    public static void Run(int size, Action<ICommunicator> work, TimeProvider time, bool spins = true)
    {
        var group = new ThreadGroup(size, time, spins);
        Exception? first = null;
        var threads = new Thread[size];
        for (var i = 0; i < size; i++)
        {
            var rank = i;
            threads[rank] = new Thread(() =>
            {
                try
                {
                    work(group[rank]);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref first, error, null);
                    group.Fail(error);
                }
            })
            {
                IsBackground = true,
                Name = $"rank {rank}",
            };
            threads[rank].Start();
        }
        foreach (var thread in threads)
        {
            thread.Join();
        }
        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    /// <summary>Ends the group: the operations of all ranks throw from now on. The first error counts.</summary>
    public void Fail(Exception error) => _members[0].Fail(error);
}
