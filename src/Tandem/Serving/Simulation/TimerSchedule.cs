using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Serving.Simulation;

/// <summary>How long a copy's stages are at a step, on machines that change.</summary>
/// <param name="changes">The machines, in order of time; the first from the beginning.</param>
internal sealed class TimerSchedule(IReadOnlyList<TimerSchedule.Entry> changes)
{
    /// <summary>How many stages there are, whenever.</summary>
    public int Stages => changes[0].Timer.Stages;

    /// <summary>What holds for a step that begins then.</summary>
    public Entry At(double seconds)
    {
        var i = changes.Count - 1;
        while (i > 0 && changes[i].Change.AtSeconds > seconds)
        {
            i--;
        }
        return changes[i];
    }

    /// <summary>A machine, and how long a copy's stages are at a step there.</summary>
    /// <param name="Change">The machine.</param>
    /// <param name="Timer">Its times.</param>
    internal readonly record struct Entry(MachineChange Change, ReplicaTimer Timer)
    {
        /// <summary>How many times as long as the timer says a step takes.</summary>
        public double Slowdown(StepPlan plan) =>
            plan.Rows > plan.GeneratingRows ? Change.PromptsSlowdown : Change.GeneratingSlowdown;
    }
}
