using Tandem.Scheduling;

namespace Tandem.Serving.Simulation;

/// <summary>How a load is simulated.</summary>
public sealed record SimulationOptions
{
    /// <summary>Requests under way at the same time, each following the end of one before; null where they arrive when they do.</summary>
    public int? Closed { get; init; }

    /// <summary>Sequences that may run at the same time on a copy.</summary>
    public int SequencesMax { get; init; } = 64;

    /// <summary>How long a step with prompts in it may take while others generate, as a multiple of one without.</summary>
    public double StepSlowdownMax { get; init; } = PromptPacer.UsualSlowdown;

    /// <summary>Whether workers are processes.</summary>
    public bool AreProcesses { get; init; }

    /// <summary>Whether every stage's steps are noted, for a picture of them.</summary>
    public bool NotesSteps { get; init; }

    /// <summary>When the machines become others than they are at the beginning, in order of time.</summary>
    public IReadOnlyList<MachineChange> Changes { get; init; } = [];
}
