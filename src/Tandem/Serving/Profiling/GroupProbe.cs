using Tandem.Devices;
using Tandem.Parallel;
using Tandem.Planning.Profiles;

namespace Tandem.Serving.Profiling;

/// <summary>What ranks and stages that are threads take to meet: sums, and handing over.</summary>
internal static class GroupProbe
{
    private const int ShortFloats = 2048;
    private const int LongFloats = 1 << 20;
    private const int WarmUpRounds = 50_000;
    private const int ShortRounds = 1000;
    private const int LongRounds = 10;

    /// <summary>The line through sums of a short and of a long activation.</summary>
    public static LinkCost Sum(int ranks, IReadOnlyList<int> cores, TimeProvider time)
    {
        double small = 0;
        double large = 0;
        void Measure(ICommunicator group)
        {
            CpuTopology.Pin(cores[group.Rank]);
            var values = new float[LongFloats];
            double Seconds(int floats, int rounds)
            {
                group.AllReduce(values.AsSpan(0, floats));
                group.Barrier();
                var start = time.GetTimestamp();
                for (var round = 0; round < rounds; round++)
                {
                    group.AllReduce(values.AsSpan(0, floats));
                }
                return time.GetElapsedTime(start).TotalSeconds / rounds;
            }
            // The first rounds compile.
            Seconds(ShortFloats, WarmUpRounds);
            var (one, other) = (Seconds(ShortFloats, ShortRounds), Seconds(LongFloats, LongRounds));
            if (group.Rank == 0)
            {
                (small, large) = (one, other);
            }
        }
        ThreadGroup.Run(ranks, Measure, time);
        return Line(small, ShortFloats * sizeof(float), large, LongFloats * sizeof(float));
    }

    /// <summary>Half of what a message takes there and back between two threads on cores of their own; what is handed over is not copied.</summary>
    public static LinkCost Handover(IReadOnlyList<int> cores, TimeProvider time)
    {
        // A copy would be as fast as memory; nothing is copied, so any large number does.
        const double NothingCopiedGBs = 1e6;
        if (cores.Count < 2)
        {
            return new LinkCost(0, NothingCopiedGBs);
        }
        var seconds = 0.0;
        void Measure(ICommunicator group)
        {
            CpuTopology.Pin(cores[group.Rank]);
            Span<byte> message = stackalloc byte[8];
            var start = 0L;
            for (var round = -ShortRounds; round < ShortRounds; round++)
            {
                start = round == 0 ? time.GetTimestamp() : start;
                if (group.Rank == 0)
                {
                    group.Send(message, 1);
                    group.Receive(message, 1);
                }
                else
                {
                    group.Receive(message, 0);
                    group.Send(message, 0);
                }
            }
            seconds = group.Rank == 0 ? time.GetElapsedTime(start).TotalSeconds : seconds;
        }
        ThreadGroup.Run(2, Measure, time);
        return new LinkCost(seconds / ShortRounds / 2 * 1e6, NothingCopiedGBs);
    }

    private static LinkCost Line(double small, long smallBytes, double large, long largeBytes)
    {
        var secondsAByte = Math.Max(1e-13, (large - small) / (largeBytes - smallBytes));
        return new LinkCost(Math.Max(0, small - smallBytes * secondsAByte) * 1e6, 1e-9 / secondsAByte);
    }
}
