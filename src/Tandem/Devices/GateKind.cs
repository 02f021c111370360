namespace Tandem.Devices;

/// <summary>The function that a feed-forward's gate goes through.</summary>
internal enum GateKind
{
    /// <summary>x · sigmoid(x).</summary>
    Silu,

    /// <summary>GELU in its tanh form.</summary>
    Gelu,
}
