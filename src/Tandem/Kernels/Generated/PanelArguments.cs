using System.Runtime.InteropServices;

namespace Tandem.Kernels.Generated;

/// <summary>What a generated kernel is called with. Its offsets are part of the code.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PanelArguments
{
    /// <summary>Unpacked numbers, or the packed panels.</summary>
    public byte* Weights;

    /// <summary>Unpacked scales, [part, 16]; not used where panels are packed.</summary>
    public float* Scales;

    /// <summary>Unpacked mins, [part, 16]; not used where panels are packed.</summary>
    public float* Mins;

    /// <summary>Panels, or super-blocks where they are packed.</summary>
    public long Count;

    /// <summary>The activations' integers, from the first panel's column on.</summary>
    public sbyte* Numbers;

    /// <summary>Bytes from a token's integers to the next one's.</summary>
    public long NumbersStride;

    /// <summary>What an integer is worth, from the first panel on.</summary>
    public float* Units;

    /// <summary>Minus the sums of integers: of each 32 columns, or 16 where so many share a scale.</summary>
    public int* Offsets;

    /// <summary>The sixteen outputs of the first token.</summary>
    public float* Outputs;

    /// <summary>Bytes from a token's outputs to the next one's.</summary>
    public long OutputsStride;
}
