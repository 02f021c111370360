using Tandem.Planning.Profiles;

namespace Tandem.Cli;

/// <summary>What is known of the machine.</summary>
/// <param name="Profile">The profile; null where there is none that can be used.</param>
/// <param name="Why">Then why there is none.</param>
/// <param name="Advice">And what can be done about it; null for nothing.</param>
/// <param name="IsStale">Whether there is one that cannot be used any more.</param>
internal sealed record FoundProfile(
    HardwareProfile? Profile,
    string Why = "",
    string? Advice = null,
    bool IsStale = false
)
{
    /// <summary>Whether there is one.</summary>
    public ProfileState State =>
        Profile is not null ? ProfileState.Used
        : IsStale ? ProfileState.Stale
        : ProfileState.None;
}
