using System.Runtime.Intrinsics.X86;

namespace Tandem.Kernels.Generated;

/// <summary>Instructions that this CPU has and .NET has no class for.</summary>
internal static class CpuFeatures
{
    private const int StructuredFeatures = 7;
    private const int Avx512VnniBit = 11; // of ECX

    /// <summary>Whether AVX-512 with the dot products of bytes (VNNI) can be used here; .NET has asked the system about the registers.</summary>
    public static bool HasAvx512Vnni =>
        Avx512BW.IsSupported
        && X86Base.CpuId(0, 0).Eax >= StructuredFeatures
        && (X86Base.CpuId(StructuredFeatures, 0).Ecx >> Avx512VnniBit & 1) != 0;
}
