using System.Runtime.InteropServices;

namespace Tandem.Cluster;

/// <summary>What is known of a message that came, as Open MPI lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MpiStatus
{
    /// <summary>Who sent it.</summary>
    public int Source;

    /// <summary>Its tag.</summary>
    public int Tag;

    /// <summary>An error's code.</summary>
    public int Error;

    /// <summary>Whether it was cancelled.</summary>
    public int Cancelled;

    /// <summary>Its bytes.</summary>
    public nuint Bytes;
}
