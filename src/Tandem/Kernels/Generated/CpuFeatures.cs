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
    private const int Avx512BitOfEbx = 16;
    private const int AmdZen3And4 = 25;

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

    /// <summary>
    /// Whether a stream of memory is read slower when it is asked for ahead than when the processor is left alone: so it was measured
    /// of AMD's Zen 4 (bench/NOTES.md), and the contrary of Zen 3, which is of the same family and has no AVX-512, and of family 26.
    /// </summary>
    public static bool ReadsStreamsBestUnasked =>
        X86Base.IsSupported
        && IsAmd
        && Family == AmdZen3And4
        && (X86Base.CpuId(ExtendedFeatures, 0).Ebx & (1 << Avx512BitOfEbx)) != 0;

    // "AuthenticAMD", whose letters these three registers hold.
    private static bool IsAmd
    {
        get
        {
            var (_, ebx, ecx, edx) = X86Base.CpuId(0, 0);
            return (ebx, edx, ecx) == (0x68747541, 0x69746E65, 0x444D4163);
        }
    }

    // The basic family, to which that of the extension is added where it is 15.
    private static int Family
    {
        get
        {
            var eax = X86Base.CpuId(BasicFeatures, 0).Eax;
            var basic = (eax >> 8) & 15;
            return basic == 15 ? basic + ((eax >> 20) & 255) : basic;
        }
    }
}
