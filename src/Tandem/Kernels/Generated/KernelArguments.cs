using System.Runtime.InteropServices;

namespace Tandem.Kernels.Generated;

/// <summary>
/// What a generated kernel is told: one pointer to this is its only argument, so that calling conventions differ in one
/// register. Generated code reads the fields by their offsets.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelArguments
{
    /// <summary>The first packed group.</summary>
    public byte* Group;

    /// <summary>Bytes from a group to the next.</summary>
    public long GroupBytes;

    /// <summary>How often the loop runs: super-blocks of a group, or pairs of columns.</summary>
    public long Count;

    /// <summary>The first token's activations: integers, or floats where the kernel takes floats.</summary>
    public void* Input;

    /// <summary>Bytes from a token's activations to the next one's.</summary>
    public long InputStride;

    /// <summary>The first token's scales; a token's lie a <see cref="InputStride"/> / 8 apart in bytes.</summary>
    public float* Scales;

    /// <summary>The first token's sums; a token's lie a <see cref="InputStride"/> / 4 apart in bytes.</summary>
    public int* Sums;

    /// <summary>The first token's outputs of the first group.</summary>
    public float* Output;

    /// <summary>Bytes from a token's outputs to the next one's.</summary>
    public long OutputStride;
}
