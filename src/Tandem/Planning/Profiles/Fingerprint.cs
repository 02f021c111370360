using System.Globalization;

namespace Tandem.Planning.Profiles;

/// <summary>What a measured profile depends on; on another machine its figures mean nothing.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Cores">Cores that the process may use.</param>
/// <param name="Kernels">What multiplies.</param>
/// <param name="MemoryGigabytes">The machine's memory, rounded.</param>
/// <param name="Program">The program's version.</param>
public sealed record Fingerprint(string Processor, int Cores, string Kernels, int MemoryGigabytes, string Program)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Parts);

    private IReadOnlyList<string> Parts =>
        [
            Processor,
            string.Create(CultureInfo.InvariantCulture, $"{Cores} cores"),
            $"{Kernels} kernels",
            string.Create(CultureInfo.InvariantCulture, $"{MemoryGigabytes} GB"),
            $"tandem {Program}",
        ];

    /// <summary>What of this one another one has otherwise, in words.</summary>
    public string DifferingFrom(Fingerprint other) =>
        string.Join(", ", Parts.Where((part, i) => part != other.Parts[i]));
}
