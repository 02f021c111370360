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
    public override string ToString() =>
        $"{Processor}, {Cores} cores, {Kernels} kernels, {MemoryGigabytes} GB, tandem {Program}";
}
