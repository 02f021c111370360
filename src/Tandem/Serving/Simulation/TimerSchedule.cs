using Tandem.Planning.Search;

namespace Tandem.Serving.Simulation;

/// <summary>How long a copy's stages are at a step, on machines that change.</summary>
/// <param name="changes">From when on which timer holds, in order of time; the first from the beginning.</param>
internal sealed class TimerSchedule(IReadOnlyList<(double AtSeconds, ReplicaTimer Timer)> changes)
{
    /// <summary>How many stages there are, whenever.</summary>
    public int Stages => changes[0].Timer.Stages;

    /// <summary>The timer of a step that begins then.</summary>
    public ReplicaTimer At(double seconds)
    {
        var i = changes.Count - 1;
        while (i > 0 && changes[i].AtSeconds > seconds)
        {
            i--;
        }
        return changes[i].Timer;
    }
}
