namespace Tandem.Cli.Options;

/// <summary>Something that is on or off.</summary>
internal enum Switch
{
    /// <summary>Off.</summary>
    Off,

    /// <summary>On.</summary>
    On,
}
