namespace Tandem.Planning.Profiles;

/// <summary>Whether there is a profile of this machine.</summary>
public enum ProfileState
{
    /// <summary>There is none, or none is to be used.</summary>
    None,

    /// <summary>One was found that is of another machine, version or kernels, or no profile any more; it is not used.</summary>
    Stale,

    /// <summary>One was found, and is used.</summary>
    Used,
}
