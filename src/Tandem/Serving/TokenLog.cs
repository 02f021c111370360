using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>
/// The token ids behind the KV cache, page by page as the cache itself is laid out, so that penalties can see a
/// sequence's history. Because a history is read through the same page table as keys and values, nothing has to be
/// kept for each slot: a prefix hit brings its tokens along, a sequence that left needs no clearing, and one that was set back
/// writes the same ids again when its rows are computed again.
/// </summary>
/// <param name="pages">Pages of the KV cache.</param>
/// <param name="pageLength">Positions in a page.</param>
/// <param name="windowMax">
/// How many positions back the layer that looks furthest does (<see cref="int.MaxValue"/> where one looks at all): penalties
/// look no further, since what every window has passed has no page.
/// </param>
internal sealed class TokenLog(int pages, int pageLength, int windowMax)
{
    private readonly int[] _tokens = new int[checked(pages * pageLength)];

    /// <summary>Notes the tokens of a step; comes before its rows are sampled.</summary>
    public void Record(StepPlan plan)
    {
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            var table = plan.Pages.AsSpan(segment.FirstPage, segment.PageCount);
            for (var row = 0; row < segment.Rows; row++)
            {
                var position = segment.FirstPosition + row;
                _tokens[table[position / pageLength] * pageLength + position % pageLength] = plan.TokenIds[
                    segment.FirstRow + row
                ];
            }
        }
    }

    /// <summary>The history that a row of a segment is sampled with: all tokens up to its own.</summary>
    public TokenHistory Before(StepPlan plan, in StepSegment segment, int row)
    {
        var length = segment.FirstPosition + row + 1;
        var table = plan.Pages.AsSpan(segment.FirstPage, segment.PageCount);
        return new(_tokens, table, pageLength, Math.Max(0, length - windowMax), length, segment.PromptLength);
    }
}
