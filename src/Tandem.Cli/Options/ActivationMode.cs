namespace Tandem.Cli.Options;

/// <summary>What activations are before they meet quantised weights.</summary>
internal enum ActivationMode
{
    /// <summary>Rounded to 8 bits.</summary>
    Quantised,

    /// <summary>32-bit floats: slow, and what tests compare against.</summary>
    F32,
}
