namespace Tandem.Kernels;

/// <summary>The number format of cached keys and values.</summary>
public enum CacheType
{
    /// <summary>32-bit floats.</summary>
    F32,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>Bytes, with a half-precision scale for each 32 dimensions of a position.</summary>
    Q8_0,
}
