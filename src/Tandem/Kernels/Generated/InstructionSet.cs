namespace Tandem.Kernels.Generated;

/// <summary>What kernels are generated of.</summary>
internal sealed record InstructionSet
{
    /// <summary>512-bit vectors, with products of bytes (VNNI).</summary>
    public static readonly InstructionSet Avx512 = new()
    {
        Choice = KernelChoice.Avx512,
        Name = "avx512",
        What = "AVX-512 with VNNI",
        VectorBytes = 64,
        Registers = 32,
        HasDot = true,
    };

    /// <summary>256-bit vectors, with products of bytes (AVX-VNNI).</summary>
    public static readonly InstructionSet AvxVnni = new()
    {
        Choice = KernelChoice.AvxVnni,
        Name = "avxvnni",
        What = "AVX-VNNI",
        VectorBytes = 32,
        Registers = 16,
        HasDot = true,
    };

    /// <summary>256-bit vectors, whose products of bytes add up pairs in 16 bits.</summary>
    public static readonly InstructionSet Avx2 = new()
    {
        Choice = KernelChoice.Avx2,
        Name = "avx2",
        What = "AVX2 with FMA and F16C",
        VectorBytes = 32,
        Registers = 16,
        HasDot = false,
    };

    /// <summary>All of them, the fastest first.</summary>
    public static readonly InstructionSet[] All = [Avx512, AvxVnni, Avx2];

    /// <summary>The choice that forces it.</summary>
    public required KernelChoice Choice { get; init; }

    /// <summary>Its name for users.</summary>
    public required string Name { get; init; }

    /// <summary>What a processor must have.</summary>
    public required string What { get; init; }

    /// <summary>Bytes of a vector.</summary>
    public required int VectorBytes { get; init; }

    /// <summary>Vector registers.</summary>
    public required int Registers { get; init; }

    /// <summary>Whether one instruction adds four products of bytes to a 32-bit lane.</summary>
    public required bool HasDot { get; init; }

    /// <summary>
    /// Whether that instruction at 256 bits is encoded as in AVX-512 (EVEX); processors with AVX-512 and without AVX-VNNI run
    /// everything else of the latter as well.
    /// </summary>
    public bool DotIsEvex { get; init; }

    /// <summary>Whether kernels for few tokens ask for what lies some way on in the stream of weights that they read.</summary>
    public bool AsksAlongStreams { get; init; } = !CpuFeatures.ReadsStreamsBestUnasked;

    /// <summary>Whether vectors have 512 bits.</summary>
    public bool IsWide => VectorBytes == 64;

    /// <summary>Vectors of a group's 16 rows.</summary>
    public int VectorsAGroup => PanelLayout.GroupRows * sizeof(int) / VectorBytes;

    /// <summary>Whether the processor has it, and the system keeps its registers.</summary>
    public bool IsSupported =>
        Choice switch
        {
            KernelChoice.Avx512 => CpuFeatures.HasAvx512Vnni,
            KernelChoice.AvxVnni => CpuFeatures.HasAvx2 && System.Runtime.Intrinsics.X86.AvxVnni.IsSupported,
            _ => CpuFeatures.HasAvx2,
        };
}
