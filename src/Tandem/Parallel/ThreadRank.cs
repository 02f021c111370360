using System.Numerics.Tensors;

namespace Tandem.Parallel;

/// <summary>The end of one rank of a <see cref="ThreadGroup"/>.</summary>
internal sealed unsafe class ThreadRank(int rank, int size, SharedMemory shared, TimeProvider time) : ICommunicator
{
    // Ranks write whole cache lines, so that no two of them write the same one.
    private const int LineFloats = 16;

    private long _waitTicks;

    public int Rank => rank;

    public int Size => size;

    public double WaitSeconds => (double)_waitTicks / time.TimestampFrequency;

    public void AllReduce(Span<float> values)
    {
        if (size == 1)
        {
            return;
        }
        var start = time.GetTimestamp();
        fixed (float* own = values)
        {
            Open(own, values.Length);
            var lines = (values.Length + LineFloats - 1) / LineFloats;
            var first = Math.Min(values.Length, (int)((long)lines * rank / size) * LineFloats);
            var end = Math.Min(values.Length, (int)((long)lines * (rank + 1) / size) * LineFloats);
            // Nobody else reads or writes this part of any rank's values.
            var sum = new Span<float>(own + first, end - first);
            SumInOrder(first, sum);
            for (var other = 0; other < size; other++)
            {
                if (other != rank)
                {
                    sum.CopyTo(Part(other, first, sum.Length));
                }
            }
            shared.Meeting.Meet();
        }
        _waitTicks += time.GetTimestamp() - start;
    }

    public void AllGather(ReadOnlySpan<float> part, Span<float> all)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(all.Length, (long)part.Length * size);
        var start = time.GetTimestamp();
        fixed (float* own = part)
        {
            Open(own, part.Length);
            for (var other = 0; other < size; other++)
            {
                Part(other, 0, part.Length).CopyTo(all.Slice(other * part.Length, part.Length));
            }
            shared.Meeting.Meet();
        }
        _waitTicks += time.GetTimestamp() - start;
    }

    public void ReduceScatter(ReadOnlySpan<float> values, Span<float> part)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, (long)part.Length * size);
        var start = time.GetTimestamp();
        fixed (float* own = values)
        {
            Open(own, values.Length);
            Part(0, rank * part.Length, part.Length).CopyTo(part);
            for (var other = 1; other < size; other++)
            {
                TensorPrimitives.Add(part, Part(other, rank * part.Length, part.Length), part);
            }
            shared.Meeting.Meet();
        }
        _waitTicks += time.GetTimestamp() - start;
    }

    public void Broadcast(Span<byte> data, int root)
    {
        var start = time.GetTimestamp();
        fixed (byte* own = data)
        {
            Open(own, data.Length);
            if (rank != root)
            {
                new ReadOnlySpan<byte>((void*)shared.Addresses[root], data.Length).CopyTo(data);
            }
            shared.Meeting.Meet();
        }
        _waitTicks += time.GetTimestamp() - start;
    }

    public void Send(ReadOnlySpan<byte> data, int to)
    {
        var start = time.GetTimestamp();
        shared.Mailboxes[rank * size + to].Put(data);
        _waitTicks += time.GetTimestamp() - start;
    }

    public void Receive(Span<byte> data, int from)
    {
        var start = time.GetTimestamp();
        shared.Mailboxes[from * size + rank].Take(data);
        _waitTicks += time.GetTimestamp() - start;
    }

    public void Barrier()
    {
        var start = time.GetTimestamp();
        shared.Meeting.Meet();
        _waitTicks += time.GetTimestamp() - start;
    }

    public void Fail(Exception error)
    {
        shared.Meeting.Fail(error);
        foreach (var mailbox in shared.Mailboxes)
        {
            mailbox.Fail(error);
        }
    }

    // Lays memory open to the others, and waits until all have.
    private void Open(void* memory, int length)
    {
        shared.Addresses[rank] = (nint)memory;
        shared.Lengths[rank] = length;
        shared.Meeting.Meet();
        for (var other = 0; other < size; other++)
        {
            if (shared.Lengths[other] != length)
            {
                throw new ArgumentException(
                    $"rank {rank} came with a length of {length}, rank {other} with {shared.Lengths[other]}"
                );
            }
        }
    }

    private Span<float> Part(int other, int first, int length) => new((float*)shared.Addresses[other] + first, length);

    private void SumInOrder(int first, Span<float> own)
    {
        var a = Part(0, first, own.Length);
        var b = Part(1, first, own.Length);
        if (size == 2)
        {
            TensorPrimitives.Add(a, b, own);
            return;
        }
        // A line at a time: this rank's own values are among those that are added.
        Span<float> line = stackalloc float[LineFloats];
        for (var at = 0; at < own.Length; at += LineFloats)
        {
            var sum = line[..Math.Min(LineFloats, own.Length - at)];
            TensorPrimitives.Add(a.Slice(at, sum.Length), b.Slice(at, sum.Length), sum);
            for (var other = 2; other < size; other++)
            {
                TensorPrimitives.Add(sum, Part(other, first + at, sum.Length), sum);
            }
            sum.CopyTo(own.Slice(at, sum.Length));
        }
    }
}
