namespace Tandem.Parallel;

/// <summary>
/// One rank's end of a group that works on one thing together, as threads or as processes. Every rank of the group calls
/// the same operations in the same order with equal lengths; a group of one returns at once. Where a rank fails, the
/// operations of all others throw <see cref="GroupFailedException"/>.
/// </summary>
public interface ICommunicator
{
    /// <summary>This one's number, from 0.</summary>
    int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    int Size { get; }

    /// <summary>Seconds that this rank has spent in the group's operations: waiting for others, and moving data.</summary>
    double WaitSeconds { get; }

    /// <summary>Makes <paramref name="values"/> the sum of all ranks' values, added in the order of ranks: all hold equal bits.</summary>
    void AllReduce(Span<float> values);

    /// <summary>Fills <paramref name="all"/>, [size, part length], with every rank's part, in the order of ranks.</summary>
    void AllGather(ReadOnlySpan<float> part, Span<float> all);

    /// <summary>
    /// Sums all ranks' <paramref name="values"/>, [size, part length], in the order of ranks, and leaves each rank its own part of the sum.
    /// </summary>
    void ReduceScatter(ReadOnlySpan<float> values, Span<float> part);

    /// <summary>Makes <paramref name="data"/> that of rank <paramref name="root"/>.</summary>
    void Broadcast(Span<byte> data, int root);

    /// <summary>Hands a message to another rank; waits while the one before it has not been received.</summary>
    void Send(ReadOnlySpan<byte> data, int to);

    /// <summary>Waits for a message from another rank.</summary>
    /// <exception cref="ArgumentException">The message has another length than <paramref name="data"/>.</exception>
    void Receive(Span<byte> data, int from);

    /// <summary>Waits until every rank has come here.</summary>
    void Barrier();
}
