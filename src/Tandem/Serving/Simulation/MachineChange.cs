using Tandem.Planning.Profiles;

namespace Tandem.Serving.Simulation;

/// <summary>From then on the machines do what another profile says: a host has moved its virtual cores, or given some of them to others.</summary>
/// <param name="AtSeconds">From when on, on the load's clock.</param>
/// <param name="Profile">What they do, with as many units as before.</param>
public sealed record MachineChange(double AtSeconds, HardwareProfile Profile)
{
    /// <summary>How many times as long as the profile says steps take that only generate.</summary>
    public double GeneratingSlowdown { get; init; } = 1;

    /// <summary>The same of steps with prompts in them, which computing bounds more than memory does.</summary>
    public double PromptsSlowdown { get; init; } = 1;
}
