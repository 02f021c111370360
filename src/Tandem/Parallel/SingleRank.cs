namespace Tandem.Parallel;

/// <summary>A group of one: every operation returns at once.</summary>
public sealed class SingleRank : ICommunicator
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public double WaitSeconds => 0;

    /// <inheritdoc/>
    public void AllReduce(Span<float> values) { }

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<float> part, Span<float> all) => part.CopyTo(all);

    /// <inheritdoc/>
    public void ReduceScatter(ReadOnlySpan<float> values, Span<float> part) => values.CopyTo(part);

    /// <inheritdoc/>
    public void Broadcast(Span<byte> data, int root) { }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> data, int to) => throw Alone();

    /// <inheritdoc/>
    public void Receive(Span<byte> data, int from) => throw Alone();

    /// <inheritdoc/>
    public void Barrier() { }

    private static InvalidOperationException Alone() => new("a group of one has nobody to exchange messages with");
}
