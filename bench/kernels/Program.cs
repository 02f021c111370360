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
if (CpuFeatures.HasAvx512BFloat16)
{
    Console.WriteLine($"bfloat16 multiplied in registers: {Ceilings.BFloat16(clock):f0} GMAC/s");
}
int[] batches = [16, 8, 4, 2, 1];
Console.WriteLine("GMAC/s with 512 tokens, GB of file/s with fewer");
Console.WriteLine($"{"format", -8} {"kernels", -10} {512, 8}{string.Concat(batches.Select(tokens => $"{tokens, 8}"))}");
foreach (var format in FormatTable.All.Where(format => args.Length == 0 || args.Contains(format.Name)))
{
    foreach (var choice in choices)
    {
        using var measured = new Measured(format, choice, clock);
        var name = KernelSet.Describe(choice);
        var few = string.Concat(batches.Select(tokens => $"{measured.FileGBs(tokens), 8:f1}"));
        Console.WriteLine($"{format.Name, -8} {name, -10} {measured.GigaMacs(512), 8:f1}{few}");
    }
}
