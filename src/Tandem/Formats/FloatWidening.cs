namespace Tandem.Formats;

/// <summary>How a floating-point number of a file becomes a 32-bit float.</summary>
public enum FloatWidening
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>From IEEE half precision.</summary>
    F16,

    /// <summary>From bfloat16.</summary>
    BF16,
}
