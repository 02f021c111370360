using System.Runtime.Intrinsics.X86;

namespace Tandem.Kernels.Generated;

/// <summary>What generated kernels need of the processor, the system included; .NET itself does not say all of it.</summary>
internal static class CpuFeatures
{
    private const int ExtendedFeatures = 7;
    private const int BasicFeatures = 1;
    private const int HalvesBitOfEcx = 29;
    private const int VnniBitOfEcx = 11;
    private const int BFloat16BitOfEax = 5;

    /// <summary>Whether AVX2 with fused multiply-adds and half-precision conversion (F16C) may be used.</summary>
    public static bool HasAvx2 =>
        Avx2.X64.IsSupported && Fma.IsSupported && (X86Base.CpuId(BasicFeatures, 0).Ecx & (1 << HalvesBitOfEcx)) != 0;

    /// <summary>
    /// Whether AVX-512 with products of bytes (<c>vpdpbusd</c>) may be used. .NET has asked the system whether it keeps the
    /// wide registers, and obeys settings that switch them off; VNNI itself has no class of its own at 512 bits.
    /// </summary>
    public static bool HasAvx512Vnni =>
        Avx512F.X64.IsSupported
        && Avx512BW.IsSupported
        && (X86Base.CpuId(ExtendedFeatures, 0).Ecx & (1 << VnniBitOfEcx)) != 0;

    /// <summary>Whether AVX-512 with products of bfloat16 pairs (<c>vdpbf16ps</c>) may be used.</summary>
    public static bool HasAvx512BFloat16 =>
        HasAvx512Vnni && (X86Base.CpuId(ExtendedFeatures, 1).Eax & (1 << BFloat16BitOfEax)) != 0;
}
