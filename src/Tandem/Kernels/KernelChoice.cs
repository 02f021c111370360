namespace Tandem.Kernels;

/// <summary>Which kernels multiply with weights.</summary>
public enum KernelChoice
{
    /// <summary>The fastest that the processor and the system allow.</summary>
    Fastest,

    /// <summary>Those in C#, which run everywhere and are what the others are tested against.</summary>
    Portable,

    /// <summary>Code generated for AVX2 with FMA and F16C.</summary>
    Avx2,

    /// <summary>Code generated for AVX-VNNI.</summary>
    AvxVnni,

    /// <summary>Code generated for AVX-512 with VNNI.</summary>
    Avx512,
}
