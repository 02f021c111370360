namespace Tandem.Planning.Profiles;

/// <summary>What is measured of a machine so far.</summary>
/// <param name="Fingerprint">The machine.</param>
/// <param name="Kernels">What kernels do, by format.</param>
internal sealed record ProfilePart(
    Fingerprint Fingerprint,
    IReadOnlyDictionary<string, IReadOnlyList<KernelRate>> Kernels
);
