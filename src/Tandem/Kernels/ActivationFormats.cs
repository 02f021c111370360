namespace Tandem.Kernels;

/// <summary>The forms in which a matrix kernel takes its activations.</summary>
[Flags]
internal enum ActivationFormats
{
    /// <summary>No form.</summary>
    None = 0,

    /// <summary>32-bit floats.</summary>
    Float32 = 1,

    /// <summary>8-bit integers in blocks of 32 with a float scale each, and the sums of each 16.</summary>
    Int8 = 2,

    /// <summary>bfloat16 numbers, rounded to nearest.</summary>
    BFloat16 = 4,
}
