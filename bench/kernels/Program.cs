using System.Globalization;
using Tandem.Bench.Kernels;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Kernels.Generated;

// Each format's kernels on one core, 2048 × 2048, beside what the core can do at most. Formats may be named as arguments.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Repeats = 5;
var clock = new Stopclock(TimeProvider.System, Repeats);
KernelChoice[] choices = CpuFeatures.HasAvx512Vnni
    ? [KernelChoice.Avx512, KernelChoice.Portable]
    : [KernelChoice.Portable];

Console.WriteLine($"read: {Ceilings.Read(clock):f1} GB/s");
if (CpuFeatures.HasAvx512Vnni)
{
    Console.WriteLine($"bytes multiplied in registers: {Ceilings.Vnni(clock):f0} GMAC/s");
    Console.WriteLine($"floats multiplied in registers: {Ceilings.Fma(clock):f0} GMAC/s");
}
Console.WriteLine("format   kernels     512 tokens  8 tokens  2 tokens     1 token   (GMAC/s; GB of file/s)");
foreach (var format in FormatTable.All.Where(format => args.Length == 0 || args.Contains(format.Name)))
{
    foreach (var choice in choices)
    {
        using var measured = new Measured(format, choice, clock);
        var name = KernelSet.Describe(choice);
        var (many, one) = (measured.GigaMacs(512), measured.FileGBs(1));
        var (eight, two) = (measured.FileGBs(8), measured.FileGBs(2));
        Console.WriteLine($"{format.Name, -8} {name, -10} {many, 11:f1} {eight, 9:f1} {two, 9:f1} {one, 11:f1}");
    }
}
