namespace Tandem.Scheduling;

/// <summary>Where a sequence stands with the scheduler.</summary>
internal enum SequenceState
{
    /// <summary>Not added yet.</summary>
    New,

    /// <summary>In the queue: it has no slot and no pages.</summary>
    Waiting,

    /// <summary>It has a slot and pages, and its tokens take part in steps.</summary>
    Running,

    /// <summary>Set back for lack of pages; it waits again once the steps that name it are complete.</summary>
    SettingBack,

    /// <summary>Finished or removed; its pages are free once the steps that name it are complete.</summary>
    Leaving,

    /// <summary>Gone: it has no slot and no pages, and never will again.</summary>
    Gone,
}
