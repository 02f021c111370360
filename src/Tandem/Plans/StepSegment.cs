namespace Tandem.Plans;

/// <summary>A run of consecutive tokens of one sequence within a step.</summary>
public record struct StepSegment
{
    /// <summary>The sequence that the tokens belong to.</summary>
    public long Sequence { get; set; }

    /// <summary>A small dense number that is the sequence's own from joining to leaving; workers keep per-sequence state under it.</summary>
    public int Slot { get; set; }

    /// <summary>First row of the step that belongs to it.</summary>
    public int FirstRow { get; set; }

    /// <summary>How many rows belong to it.</summary>
    public int Rows { get; set; }

    /// <summary>Position, within the sequence, of its first row.</summary>
    public int FirstPosition { get; set; }

    /// <summary>How many of the sequence's tokens are its prompt; those behind were generated, which is what some penalties count.</summary>
    public int PromptLength { get; set; }

    /// <summary>Where its page table begins in <see cref="StepPlan.Pages"/>; entry p holds positions p × page length onwards,
    /// or is −1 where the windows of all layers have passed it.</summary>
    public int FirstPage { get; set; }

    /// <summary>How many pages its table has.</summary>
    public int PageCount { get; set; }

    /// <summary>Its last so many rows are sampled: 0 within a prompt, 1 at its end and when generating, more when speculating.</summary>
    public int SampledRows { get; set; }

    /// <summary>The last hidden state of each of its rows is wanted, for an embedding; none is sampled.</summary>
    public bool Embed { get; set; }

    /// <summary>How the sampled rows choose.</summary>
    public SamplingParameters Sampling { get; set; }
}
