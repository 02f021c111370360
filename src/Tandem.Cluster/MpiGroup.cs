using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using Tandem.Parallel;

namespace Tandem.Cluster;

/// <summary>
/// Ranks that are processes under Open MPI. Sums are its own: parts are exchanged and added in the order of ranks, as
/// <c>MPI_SUM</c> promises no order. One thread at a time may call.
/// </summary>
public sealed unsafe class MpiGroup : ICommunicator
{
    // Up to here it is quicker that all send all they have than that each sums a part.
    private const int WholeFloatsMax = 8192;

    private readonly MpiSession _session;
    private readonly nint _communicator;
    private readonly MpiOutbox[] _outboxes;
    private readonly bool _givesWay;
    private float[] _sent = [];
    private float[] _received = [];
    private float[] _part = [];
    private long _waitTicks;

    internal MpiGroup(MpiSession session, nint communicator, bool givesWay = false)
    {
        (_session, _communicator, _givesWay) = (session, communicator, givesWay);
        Require(Mpi.CommRank(communicator, out var rank));
        Require(Mpi.CommSize(communicator, out var size));
        (Rank, Size) = (rank, size);
        _outboxes = [.. Enumerable.Range(0, size).Select(_ => new MpiOutbox())];
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public double WaitSeconds => (double)_waitTicks / _session.Time.TimestampFrequency;

    /// <summary>Parts the group: those that give the same number are a group of their own, in the order of their ranks here.</summary>
    /// <param name="part">The number.</param>
    /// <param name="givesWay">
    /// Whether <see cref="Receive"/> leaves its core to others while it waits: a message may then lie for a millisecond. Open MPI itself
    /// watches all the while.
    /// </param>
    public MpiGroup Split(int part, bool givesWay = false)
    {
        Require(Mpi.CommSplit(_communicator, part, Rank, out var communicator));
        return _session.NewGroup(communicator, givesWay);
    }

    /// <inheritdoc/>
    public void AllReduce(Span<float> values)
    {
        if (Size == 1 || values.IsEmpty)
        {
            return;
        }
        var start = _session.Time.GetTimestamp();
        if (Size == 2)
        {
            AddOther(values);
        }
        else if (values.Length <= WholeFloatsMax)
        {
            AddWhole(values);
        }
        else
        {
            AddParts(values);
        }
        _waitTicks += _session.Time.GetTimestamp() - start;
    }

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<float> part, Span<float> all)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(all.Length, (long)part.Length * Size);
        var start = _session.Time.GetTimestamp();
        Gather(part, all);
        _waitTicks += _session.Time.GetTimestamp() - start;
    }

    /// <inheritdoc/>
    public void ReduceScatter(ReadOnlySpan<float> values, Span<float> part)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, (long)part.Length * Size);
        var start = _session.Time.GetTimestamp();
        ExchangeAndAdd(values, part);
        _waitTicks += _session.Time.GetTimestamp() - start;
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> data, int root)
    {
        var start = _session.Time.GetTimestamp();
        fixed (byte* bytes = data)
        {
            Require(Mpi.Bcast(bytes, data.Length, _session.Byte, root, _communicator));
        }
        _waitTicks += _session.Time.GetTimestamp() - start;
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> data, int to)
    {
        var start = _session.Time.GetTimestamp();
        _outboxes[to].Send(data, _session.Byte, to, _communicator);
        _waitTicks += _session.Time.GetTimestamp() - start;
    }

    /// <inheritdoc/>
    public void Receive(Span<byte> data, int from)
    {
        var start = _session.Time.GetTimestamp();
        if (_givesWay)
        {
            GiveWayUntilThere(from);
        }
        MpiStatus status;
        fixed (byte* bytes = data)
        {
            Require(Mpi.Recv(bytes, data.Length, _session.Byte, from, 0, _communicator, &status));
        }
        Require(Mpi.GetCount(&status, _session.Byte, out var length));
        if (length != data.Length)
        {
            throw new ArgumentException($"a message of {length} bytes came where {data.Length} were expected");
        }
        _waitTicks += _session.Time.GetTimestamp() - start;
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        var start = _session.Time.GetTimestamp();
        Require(Mpi.Barrier(_communicator));
        _waitTicks += _session.Time.GetTimestamp() - start;
    }

    /// <summary>Throws where a function gave an error's code.</summary>
    /// <exception cref="InvalidOperationException">It did.</exception>
    internal static void Require(int code)
    {
        if (code == 0)
        {
            return;
        }
        var text = stackalloc byte[Mpi.ErrorStringMax];
        var length = Mpi.ErrorString(code, text, out var found) == 0 ? found : 0;
        throw new InvalidOperationException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Open MPI: error {code}: {Encoding.UTF8.GetString(text, length)}"
            )
        );
    }

    private void GiveWayUntilThere(int from)
    {
        var spin = new SpinWait();
        while (true)
        {
            Require(Mpi.Iprobe(from, 0, _communicator, out var isThere, 0));
            if (isThere != 0)
            {
                return;
            }
            spin.SpinOnce();
        }
    }

    // Of two numbers the sum is the same in either order.
    private void AddOther(Span<float> values)
    {
        var other = Room(ref _received, values.Length);
        var (peer, count) = (1 - Rank, values.Length);
        fixed (float* own = values)
        fixed (float* received = other)
        {
            Require(
                Mpi.SendRecv(
                    own,
                    count,
                    _session.Float,
                    peer,
                    0,
                    received,
                    count,
                    _session.Float,
                    peer,
                    0,
                    _communicator,
                    0
                )
            );
        }
        TensorPrimitives.Add(values, other, values);
    }

    private void AddWhole(Span<float> values)
    {
        var all = Room(ref _received, checked(values.Length * Size));
        Gather(values, all);
        AddInOrder(all, values);
    }

    private void AddParts(Span<float> values)
    {
        var length = (values.Length + Size - 1) / Size;
        var padded = Room(ref _sent, checked(length * Size));
        values.CopyTo(padded);
        padded[values.Length..].Clear();
        var part = Room(ref _part, length);
        ExchangeAndAdd(padded, part);
        Gather(part, padded);
        padded[..values.Length].CopyTo(values);
    }

    // Every rank gets its part of all others', and adds them.
    private void ExchangeAndAdd(ReadOnlySpan<float> values, Span<float> part)
    {
        var parts = Room(ref _received, values.Length);
        fixed (float* sent = values)
        fixed (float* received = parts)
        {
            var count = part.Length;
            Require(Mpi.Alltoall(sent, count, _session.Float, received, count, _session.Float, _communicator));
        }
        AddInOrder(parts, part);
    }

    private void AddInOrder(ReadOnlySpan<float> parts, Span<float> sum)
    {
        parts[..sum.Length].CopyTo(sum);
        for (var rank = 1; rank < Size; rank++)
        {
            TensorPrimitives.Add(sum, parts.Slice(rank * sum.Length, sum.Length), sum);
        }
    }

    private void Gather(ReadOnlySpan<float> part, Span<float> all)
    {
        fixed (float* sent = part)
        fixed (float* received = all)
        {
            var count = part.Length;
            Require(Mpi.Allgather(sent, count, _session.Float, received, count, _session.Float, _communicator));
        }
    }

    private static Span<float> Room(ref float[] memory, int length)
    {
        if (memory.Length < length)
        {
            memory = GC.AllocateUninitializedArray<float>(length, pinned: true);
        }
        return memory.AsSpan(0, length);
    }
}
