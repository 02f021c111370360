using System.Diagnostics;
using Tandem.Plans;

namespace Tandem.Scheduling;

/// <summary>A plan while it is made and until it is complete, with the sequences behind its segments.</summary>
internal sealed class StepInFlight(SchedulerOptions options, int pagesASequenceMax)
{
    private readonly Sequence?[] _sequences = new Sequence?[options.SequencesMax];
    private int _pageEntries;
    private int _proposed;

    /// <summary>The plan.</summary>
    public StepPlan Plan { get; } =
        new(options.StepTokensMax, options.SequencesMax, checked(options.SequencesMax * pagesASequenceMax));

    /// <summary>Rows that may still be added.</summary>
    public int RoomLeft => options.StepTokensMax - Plan.Rows;

    /// <summary>Rows of proposed tokens that may still be added.</summary>
    public int ProposalsLeft => options.ProposalsMax - _proposed;

    /// <summary>The sequence of a segment.</summary>
    public Sequence this[int segment] => _sequences[segment]!;

    /// <summary>Begins a new plan.</summary>
    public void Begin(long id)
    {
        (Plan.Id, Plan.Rows, Plan.SegmentCount, Plan.LeftCount) = (id, 0, 0, 0);
        (_pageEntries, _proposed) = (0, 0);
        Array.Clear(_sequences);
    }

    /// <summary>Adds the next rows of a sequence, whose pages are there.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="rows">How many of its tokens.</param>
    /// <param name="proposed">How many of the tokens that were proposed for it, behind the last that is known.</param>
    /// <param name="firstPage">Pages before this one are not named, as no layer reads them.</param>
    /// <param name="pages">Pages that its rows and all before them take.</param>
    /// <param name="samples">Whether its last row is sampled, and those of proposed tokens.</param>
    public void Add(Sequence sequence, int rows, int proposed, int firstPage, int pages, bool samples)
    {
        Debug.Assert(rows > 0 && rows + proposed <= RoomLeft, "a segment has rows, and the budget holds");
        Debug.Assert(
            proposed == 0 || (samples && sequence.Planned + rows == sequence.Length),
            "guesses follow what is known"
        );
        Debug.Assert(pages <= sequence.PageCount, "the pages of a segment are allocated before");
        var tokens = Plan.TokenIds.AsSpan(Plan.Rows);
        sequence.Tokens.Slice(sequence.Planned, rows).CopyTo(tokens);
        sequence.Proposed[..proposed].CopyTo(tokens[rows..]);
        var table = Plan.Pages.AsSpan(_pageEntries, pages);
        sequence.PageTable.AsSpan(0, pages).CopyTo(table);
        table[..firstPage].Fill(PrefixTree.None);
        _sequences[Plan.SegmentCount] = sequence;
        Plan.Segments[Plan.SegmentCount++] = new StepSegment
        {
            Sequence = sequence.Id,
            Slot = sequence.Slot,
            FirstRow = Plan.Rows,
            Rows = rows + proposed,
            FirstPosition = sequence.Planned,
            PromptLength = sequence.PromptLength,
            FirstPage = _pageEntries,
            PageCount = pages,
            SampledRows = samples ? 1 + proposed : 0,
            Embed = sequence.Embed,
            Sampling = sequence.Sampling,
        };
        Plan.Rows += rows + proposed;
        _proposed += proposed;
        _pageEntries += pages;
    }
}
