namespace Tandem.Planning.Profiles;

/// <summary>
/// Equal machines: each has equal units that share its memory, such as the cores of a server or a graphics processor by itself.
/// </summary>
public sealed record MachineProfile
{
    /// <summary>What its units are called, such as <c>cpu</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How many such machines there are.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Units of each.</summary>
    public required int Units { get; init; }

    /// <summary>Bytes of memory that may be used, of each.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Memory nodes of each.</summary>
    public int MemoryNodes { get; init; } = 1;

    /// <summary>Bytes of the last-level cache that its units share.</summary>
    public long CacheBytes { get; init; }

    /// <summary>The caches that a unit's data goes through, the smallest first.</summary>
    public IReadOnlyList<CacheSize> Caches { get; init; } = [];

    /// <summary>How many times as long as these figures everything takes: 2 for a machine of half the speed.</summary>
    public double Slowdown { get; init; } = 1;

    /// <summary>What units read together, in 10⁹ bytes a second, by how many do; at least for one.</summary>
    public required IReadOnlyList<UnitsPoint> BandwidthGBs { get; init; }

    /// <summary>
    /// Billions of multiply-adds a second of a unit in formats that <see cref="Kernels"/> does not have: the roofline's roof.
    /// </summary>
    public required double GigaMultiplyAdds { get; init; }

    /// <summary>What kernels were measured to do, by format.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<KernelRate>> Kernels { get; init; } =
        new Dictionary<string, IReadOnlyList<KernelRate>>();

    /// <summary>Billions of multiply-adds a second of a unit in attention, by how many queries read a key together.</summary>
    public required IReadOnlyList<QueriesPoint> AttentionGigaMultiplyAdds { get; init; }

    /// <summary>Microseconds of a step, whatever it computes: scheduling, sampling, waking others.</summary>
    public required double StepMicroseconds { get; init; }

    /// <summary>Microseconds of a layer, whatever it computes, by the units of a rank: they meet between operations.</summary>
    public required IReadOnlyList<UnitsPoint> BlockMicroseconds { get; init; }

    /// <summary>Nanoseconds for each number of an activation on its way through a layer, on one unit.</summary>
    public required double NumberNanoseconds { get; init; }

    /// <summary>The same for numbers of attention's heads, which are normalised, turned and stored; null where they take as long as the others.</summary>
    public double? HeadNumberNanoseconds { get; init; }

    /// <summary>
    /// Nanoseconds for each number of a key that a step stores by itself, beside <see cref="HeadNumberNanoseconds"/>: it shares its cache line with
    /// those of neighbouring positions, which has to come from memory; 0 where that was not measured.
    /// </summary>
    public double KeyNanoseconds { get; init; }

    /// <summary>What a sum over ranks takes where ranks are threads, by their number.</summary>
    public required IReadOnlyList<CollectiveCost> ThreadSums { get; init; }

    /// <summary>What a sum over ranks takes where ranks are processes, by their number; empty where that was not measured.</summary>
    public IReadOnlyList<CollectiveCost> ProcessSums { get; init; } = [];

    /// <summary>What handing an activation to the next stage takes.</summary>
    public required LinkCost Handover { get; init; }

    /// <summary>What handing an activation to a stage in another process takes; null where that was not measured.</summary>
    public LinkCost? ProcessHandover { get; init; }

    /// <summary>What groups of threads were measured to take, by operation and size.</summary>
    public IReadOnlyList<CollectiveTimes> ThreadCollectives { get; init; } = [];

    /// <summary>What groups of processes under Open MPI were measured to take; null where it is not installed.</summary>
    public IReadOnlyList<CollectiveTimes>? ProcessCollectives { get; init; }

    /// <summary>The same machine, with what its processes were measured to take.</summary>
    public MachineProfile WithProcesses(IReadOnlyList<CollectiveTimes> times) =>
        this with
        {
            ProcessCollectives = times,
            ProcessSums = CollectiveTimes.Sums(times),
            ProcessHandover = CollectiveTimes.Message(times),
        };

    /// <summary>Seconds that a unit needs for each weight of a matrix, for a pass over some tokens.</summary>
    /// <param name="format">The number format.</param>
    /// <param name="bytesAWeight">Its bytes in the file.</param>
    /// <param name="tokens">Tokens that the matrix is multiplied with; 0 or more, not always whole.</param>
    /// <param name="units">Units of the machine that compute at the same time.</param>
    public double SecondsAWeight(string format, double bytesAWeight, double tokens, double units)
    {
        if (tokens <= 0)
        {
            return 0;
        }
        if (Kernels.TryGetValue(format, out var rates) && rates.Count > 0)
        {
            return Slowdown * KernelRate.SecondsAWeight(rates, tokens, units);
        }
        return Math.Max(bytesAWeight * SecondsAByte(units), Slowdown * tokens / (GigaMultiplyAdds * 1e9));
    }

    /// <summary>Seconds that a unit needs to read a byte while so many read.</summary>
    internal double SecondsAByte(double units) => Slowdown * units / (Bandwidth(units) * 1e9);

    /// <summary>What so many units read together, in 10⁹ bytes a second.</summary>
    public double Bandwidth(double units) => UnitsPoint.At(BandwidthGBs, units);

    /// <summary>Seconds of a multiply-add of attention on one unit.</summary>
    /// <param name="queries">Queries that read a key together: of all heads of a group, and of all rows of a sequence.</param>
    public double SecondsAnAttention(double queries) =>
        Slowdown / (QueriesPoint.At(AttentionGigaMultiplyAdds, queries) * 1e9);

    /// <summary>Checks that its figures can be computed with.</summary>
    /// <exception cref="InputException">They cannot.</exception>
    internal void Check(string profile)
    {
        void Require(bool holds, string what, object found, string expected)
        {
            if (!holds)
            {
                throw new InputException(
                    FormattableString.Invariant(
                        $"profile '{profile}', machine '{Name}': {what} is {found}, expected {expected}"
                    )
                );
            }
        }
        Require(Count >= 1, "count", Count, "1 or more");
        Require(Units >= 1, "units", Units, "1 or more");
        Require(MemoryBytes > 0, "memoryBytes", MemoryBytes, "more than 0");
        Require(Slowdown > 0, "slowdown", Slowdown, "more than 0");
        Require(GigaMultiplyAdds > 0, "gigaMultiplyAdds", GigaMultiplyAdds, "more than 0");
        Require(NumberNanoseconds >= 0, "numberNanoseconds", NumberNanoseconds, "0 or more");
        Require(
            HeadNumberNanoseconds is null or >= 0,
            "headNumberNanoseconds",
            HeadNumberNanoseconds ?? 0,
            "0 or more"
        );
        Require(KeyNanoseconds >= 0, "keyNanoseconds", KeyNanoseconds, "0 or more");
        Require(StepMicroseconds >= 0, "stepMicroseconds", StepMicroseconds, "0 or more");
        Require(
            BandwidthGBs.Count > 0 && BandwidthGBs.All(point => point is { Units: >= 1, Value: > 0 }),
            "bandwidthGBs",
            BandwidthGBs.Count,
            "points with units and values above 0"
        );
        Require(
            AttentionGigaMultiplyAdds.Count > 0 && AttentionGigaMultiplyAdds.All(point => point.Value > 0),
            "attentionGigaMultiplyAdds",
            AttentionGigaMultiplyAdds.Count,
            "points with values above 0"
        );
        Require(
            BlockMicroseconds.Count > 0 && BlockMicroseconds.All(point => point.Value >= 0),
            "blockMicroseconds",
            BlockMicroseconds.Count,
            "points with values of 0 or more"
        );
        foreach (var (format, rates) in Kernels)
        {
            Require(
                rates.All(rate => rate is { GigaWeights: > 0, Tokens: >= 1, Units: >= 1 }),
                $"kernels.{format}",
                rates.Count,
                "rates above 0"
            );
        }
        foreach (var sum in ThreadSums.Concat(ProcessSums))
        {
            sum.Cost.Check(profile, $"a sum over {sum.Ranks} ranks of '{Name}'");
        }
        Handover.Check(profile, $"handover of '{Name}'");
        ProcessHandover?.Check(profile, $"processHandover of '{Name}'");
    }
}
