using System.Runtime.InteropServices;

namespace Tandem.Kernels.Generated;

/// <summary>What generated attention is told; generated code reads the fields by their offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PageArguments
{
    /// <summary>The first key or value that is read.</summary>
    public byte* Page;

    /// <summary>The scale of the first of those.</summary>
    public byte* Scales;

    /// <summary>The first query; or its weight of the first value.</summary>
    public float* Input;

    /// <summary>The first query's score with the first key; or its sums.</summary>
    public float* Output;

    /// <summary>Memory that is wanted next.</summary>
    public byte* Ahead;

    /// <summary>How often the loop runs: vectors of keys, or values.</summary>
    public long Count;

    /// <summary>Multiplies scores.</summary>
    public float Factor;
}
