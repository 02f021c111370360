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
}
