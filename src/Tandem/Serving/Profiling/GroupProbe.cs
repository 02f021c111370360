using System.Runtime.InteropServices;
using Tandem.Devices;
using Tandem.Parallel;
using Tandem.Planning.Profiles;

namespace Tandem.Serving.Profiling;

/// <summary>What the ranks of a group take to meet, to sum, and to hand over, be they threads or processes.</summary>
public sealed class GroupProbe
{
    private const string AllGather = "allGather";
    private const string ReduceScatter = "reduceScatter";
    private const string Broadcast = "broadcast";

    // Of which a quarter is faster than what is told.
    private const int SamplesMin = 2;
    private const int SamplesMax = 40;

    // A sample is no shorter than this, and all of one size together no longer than that: what is disturbed is measured less often.
    private const double SampleSeconds = 2e-4;
    private const double PatienceSeconds = 0.012;
    private const double WarmUpSeconds = 0.1;

    // A token of a small model to a step of a large one's prompt.
    private static readonly int[] s_floats = [256, 4096, 65536, 1 << 20];

    private readonly ICommunicator _group;
    private readonly TimeProvider _time;
    private readonly float[] _values = new float[s_floats[^1]];
    private readonly float[] _all;

    private GroupProbe(ICommunicator group, TimeProvider time)
    {
        (_group, _time) = (group, time);
        _all = new float[s_floats[^1] * group.Size];
    }

    /// <summary>Measures a group's operations, by size; every rank calls it, from a thread that it may keep on its core.</summary>
    /// <param name="group">The group, of two ranks or more.</param>
    /// <param name="cores">The ranks' cores.</param>
    /// <param name="time">The clock.</param>
    public static IReadOnlyList<CollectiveTimes> Measure(
        ICommunicator group,
        IReadOnlyList<int> cores,
        TimeProvider time
    )
    {
        CpuTopology.Pin(cores[group.Rank % cores.Count]);
        return new GroupProbe(group, time).Measure();
    }

    /// <summary>Measures groups of threads, of some numbers of ranks.</summary>
    internal static IReadOnlyList<CollectiveTimes> OfThreads(
        IEnumerable<int> counts,
        IReadOnlyList<int> cores,
        TimeProvider time
    )
    {
        var all = new List<CollectiveTimes>();
        foreach (var ranks in counts.Where(count => count > 1))
        {
            void OnRank(ICommunicator group)
            {
                var measured = Measure(group, cores, time);
                if (group.Rank == 0)
                {
                    all.AddRange(measured);
                }
            }
            ThreadGroup.Run(ranks, OnRank, time);
        }
        return all;
    }

    /// <summary>What it takes until the next stage has a step: its notice, as nothing is copied between threads.</summary>
    internal static LinkCost Handover(IReadOnlyList<CollectiveTimes> threads)
    {
        // A copy would be as fast as memory; nothing is copied, so any large number does.
        const double NothingCopiedGBs = 1e6;
        var notice = threads.FirstOrDefault(one => one.Operation == CollectiveTimes.SendReceive);
        return new LinkCost(notice?.Points[0].Microseconds ?? 0, NothingCopiedGBs);
    }

    private List<CollectiveTimes> Measure()
    {
        // What is called often is compiled anew only after a while.
        Seconds(() => _group.AllReduce(_values.AsSpan(0, s_floats[0])), WarmUpSeconds);
        return
        [
            new(CollectiveTimes.Barrier, _group.Size, [new BytesPoint(0, Microseconds(_group.Barrier))]),
            BySize(CollectiveTimes.AllReduce, floats => () => _group.AllReduce(_values.AsSpan(0, floats))),
            BySize(AllGather, floats => () => _group.AllGather(_values.AsSpan(0, floats), Room(floats))),
            BySize(ReduceScatter, floats => () => _group.ReduceScatter(Room(floats), _values.AsSpan(0, floats))),
            BySize(Broadcast, floats => () => _group.Broadcast(Bytes(floats), 0)),
            // There and back are two messages.
            BySize(CollectiveTimes.SendReceive, floats => () => Bounce(Bytes(floats)), messages: 2),
        ];
    }

    private CollectiveTimes BySize(string operation, Func<int, Action> of, int messages = 1) =>
        new(
            operation,
            _group.Size,
            [
                .. s_floats.Select(floats => new BytesPoint(
                    (long)floats * sizeof(float),
                    Microseconds(of(floats)) / messages
                )),
            ]
        );

    private Span<float> Room(int floats) => _all.AsSpan(0, floats * _group.Size);

    private Span<byte> Bytes(int floats) => MemoryMarshal.AsBytes(_values.AsSpan(0, floats));

    // Between the first two; the others look on.
    private void Bounce(Span<byte> data)
    {
        if (_group.Rank == 0)
        {
            _group.Send(data, 1);
            _group.Receive(data, 1);
        }
        else if (_group.Rank == 1)
        {
            _group.Receive(data, 0);
            _group.Send(data, 0);
        }
    }

    private double Microseconds(Action work) => Seconds(work, PatienceSeconds) * 1e6;

    // How often is rank 0's to say, as all do the same.
    private double Seconds(Action work, double patienceSeconds)
    {
        var rounds = Rounds(work);
        var samples = new List<double>();
        var begin = _time.GetTimestamp();
        bool GoesOn() =>
            samples.Count < SamplesMin
            || (samples.Count < SamplesMax && _time.GetElapsedTime(begin).TotalSeconds < patienceSeconds);
        while (Agree(GoesOn() ? 1 : 0) != 0)
        {
            _group.Barrier();
            samples.Add(Time(work, rounds));
        }
        samples.Sort();
        return samples[samples.Count / 4];
    }

    private int Rounds(Action work)
    {
        var rounds = 1;
        work();
        while (Agree(Time(work, rounds) * rounds < SampleSeconds ? rounds * 2 : 0) is var more && more > 0)
        {
            rounds = more;
        }
        return rounds;
    }

    private double Time(Action work, int rounds)
    {
        var start = _time.GetTimestamp();
        for (var round = 0; round < rounds; round++)
        {
            work();
        }
        return _time.GetElapsedTime(start).TotalSeconds / rounds;
    }

    // What rank 0 says.
    private int Agree(int value)
    {
        Span<byte> message = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(message, value);
        _group.Broadcast(message, 0);
        return BitConverter.ToInt32(message);
    }
}
