namespace Tandem.Devices;

/// <summary>
/// Something that operations read and write. It remembers in which phase of the current step it was last touched, from
/// which the device knows where its threads must meet.
/// </summary>
internal abstract class Resource
{
    internal int LastRead { get; set; } = -1;

    internal int LastWrite { get; set; } = -1;

    /// <summary>Whose memory it is: another resource may lie in it under another name.</summary>
    public virtual Resource Memory => this;
}
