using Tandem.Devices;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Parallel;
using Tandem.Planning.Profiles;

namespace Tandem.Serving.Profiling;

/// <summary>Measures what this machine's cores can do, with the engine's own kernels, devices and groups.</summary>
public static class Profiler
{
    // A roof for formats that come later: what the slowest known one does.
    private const string RoofFormat = "F32";

    /// <summary>What a measured profile depends on, of this machine.</summary>
    public static Fingerprint Fingerprint(KernelChoice kernels = KernelChoice.Fastest) =>
        ThisMachine.Fingerprint(kernels);

    /// <summary>Measures; takes some fifteen seconds, in which nothing else should run.</summary>
    /// <param name="kernels">What multiplies.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="known">What kernels are known to do, by format, and where more of it is kept; null to measure all anew.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static HardwareProfile Measure(
        KernelChoice kernels,
        TimeProvider time,
        IProgress<double>? progress,
        MeasuredKernels? known,
        CancellationToken cancellation
    )
    {
        HardwareProfile? profile = null;
        var here = ThisMachine.Fingerprint(kernels);
        var cores = CpuTopology.PhysicalCores();
        // On a thread that ends afterwards: whoever runs a device is kept on its core.
        ThreadGroup.Run(1, _ => profile = Measure(here, kernels, cores, time, progress, known, cancellation), time);
        return profile!;
    }

    private static HardwareProfile Measure(
        Fingerprint here,
        KernelChoice kernels,
        IReadOnlyList<int> cores,
        TimeProvider time,
        IProgress<double>? progress,
        MeasuredKernels? known,
        CancellationToken cancellation
    )
    {
        var clock = new ProbeClock(time, cancellation);
        var set = new KernelSet(kernels, exactActivations: false);
        var counts = Counts(cores.Count);
        Dictionary<string, IReadOnlyList<KernelRate>> rates;
        using (var probe = new KernelProbe(set, cores, counts, clock))
        {
            rates = AllRates(here, probe, clock, progress, known);
        }
        var blocks = counts.Select(units => new UnitsPoint(units, BlockMicroseconds(cores, units, clock))).ToList();
        using var usual = BlockProbe.Usual(cores, clock);
        var headNumber = usual.HeadNumberNanoseconds();
        var groups = GroupProbe.OfThreads(counts, cores, time);
        var profile = new HardwareProfile
        {
            Version = HardwareProfile.CurrentVersion,
            Name = "this machine",
            Fingerprint = here,
            Machines =
            [
                new MachineProfile
                {
                    Name = "cpu",
                    Units = cores.Count,
                    MemoryBytes = SystemMemory.AvailableBytes(),
                    MemoryNodes = ThisMachine.MemoryNodes(),
                    Caches = ThisMachine.Caches(),
                    CacheBytes = ThisMachine.Caches().Select(cache => cache.Bytes).DefaultIfEmpty().Max(),
                    BandwidthGBs =
                    [
                        .. counts.Select(units => new UnitsPoint(units, BandwidthCeiling.MeasureGBs(units, time))),
                    ],
                    GigaMultiplyAdds = rates[RoofFormat]
                        .Where(rate => rate.Units == 1)
                        .Max(rate => rate.Tokens * rate.GigaWeights),
                    Kernels = rates,
                    AttentionGigaMultiplyAdds = [.. usual.AttentionRates()],
                    StepMicroseconds = StepProbe.Microseconds(time, cancellation),
                    BlockMicroseconds = blocks,
                    NumberNanoseconds = usual.NumberNanoseconds(),
                    HeadNumberNanoseconds = headNumber,
                    KeyNanoseconds = usual.KeyNanoseconds(headNumber),
                    ThreadSums = CollectiveTimes.Sums(groups),
                    ThreadCollectives = groups,
                    Handover = GroupProbe.Handover(groups),
                },
            ],
        };
        progress?.Report(1);
        return profile;
    }

    // Every format twice, at different moments, as whatever disturbs the machine comes and goes; what is known already not again, so that a
    // measurement that is ended time after time gets on.
    private static Dictionary<string, IReadOnlyList<KernelRate>> AllRates(
        Fingerprint here,
        KernelProbe probe,
        ProbeClock clock,
        IProgress<double>? progress,
        MeasuredKernels? known
    )
    {
        var rates = new Dictionary<string, IReadOnlyList<KernelRate>>();
        var measured = new List<Format>();
        var done = 0;
        void Measure(Format format, IEnumerable<KernelRate> before, bool isBrief)
        {
            rates[format.Name] = KernelRate.Undisturbed([.. before, .. probe.Rates(format, isBrief)]);
            known?.Keep(here, rates);
            progress?.Report((double)++done / (2 * FormatTable.All.Count + 1));
        }
        foreach (var format in FormatTable.All)
        {
            if (known?.Find(here, format.Name) is { } found)
            {
                rates[format.Name] = found;
                done += 2;
                continue;
            }
            Measure(format, [], clock.IsLate);
            measured.Add(format);
        }
        foreach (var format in measured.TakeWhile(_ => !clock.IsOver))
        {
            Measure(format, rates[format.Name], isBrief: false);
        }
        return rates;
    }

    // One core, all of them, and the powers of two between.
    private static List<int> Counts(int cores)
    {
        var counts = new List<int>();
        for (var units = 1; units < cores; units *= 2)
        {
            counts.Add(units);
        }
        counts.Add(cores);
        return counts;
    }

    private static double BlockMicroseconds(IReadOnlyList<int> cores, int units, ProbeClock clock)
    {
        using var probe = BlockProbe.Smallest(cores, units, clock);
        return probe.BlockMicroseconds();
    }
}
