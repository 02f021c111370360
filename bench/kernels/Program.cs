using System.Globalization;
using Tandem.Bench.Kernels;
using Tandem.Bench.Measuring;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Serving;

// Each format's kernels on one core, 2048 × 2048, beside what the core can do at most. Formats and kernels may be named as arguments.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Repeats = 5;
var clock = new Stopclock(TimeProvider.System, Repeats);
KernelChoice[] choices =
[
    .. new[] { KernelChoice.Avx512, KernelChoice.AvxVnni, KernelChoice.Avx2, KernelChoice.Portable }.Where(
        KernelSet.IsAvailable
    ),
];
var names = choices.Select(KernelSet.Describe).ToHashSet();
var named = args.Where(names.Contains).ToHashSet();
var formats = args.Except(names).ToHashSet();

Console.WriteLine($"read: {BandwidthCeiling.MeasureGBs(1, TimeProvider.System):f1} GB/s");
var ceilings = new RegisterCeilings(1, TimeProvider.System);
Console.WriteLine(
    $"multiplied in registers: bytes {ceilings.Bytes():f0} by {RegisterCeilings.BytesBy}, BF16 {ceilings.Bf16():f0} by {RegisterCeilings.Bf16By}, floats {ceilings.Floats():f0} by {RegisterCeilings.FloatsBy} GMAC/s"
);
int[] batches = [16, 8, 4, 2, 1];
Console.WriteLine("GMAC/s with 512 tokens, GB of file/s with fewer");
Console.WriteLine($"{"format", -8} {"kernels", -10} {512, 8}{string.Concat(batches.Select(tokens => $"{tokens, 8}"))}");
foreach (var format in FormatTable.All.Where(format => formats.Count == 0 || formats.Contains(format.Name)))
{
    foreach (var choice in choices.Where(choice => named.Count == 0 || named.Contains(KernelSet.Describe(choice))))
    {
        using var measured = new Measured(format, choice, clock);
        var name = KernelSet.Describe(choice);
        var few = string.Concat(batches.Select(tokens => $"{measured.FileGBs(tokens), 8:f1}"));
        Console.WriteLine($"{format.Name, -8} {name, -10} {measured.GigaMacs(512), 8:f1}{few}");
    }
}
