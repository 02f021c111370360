namespace Tandem.Plans;

/// <summary>
/// One pass through the model: everything that a worker needs to know of it. Allocated once with its bounds and
/// refilled; unchanged from the moment the scheduler hands it out until the step's result is complete.
/// </summary>
public sealed class StepPlan
{
    /// <summary>A plan with room for so many rows, segments and page-table entries.</summary>
    public StepPlan(int rowsMax, int segmentsMax, int pagesMax)
    {
        TokenIds = new int[rowsMax];
        Segments = new StepSegment[segmentsMax];
        Pages = new int[pagesMax];
        Left = new int[segmentsMax];
    }

    /// <summary>Counts up from 0; results come back under it.</summary>
    public long Id { get; set; }

    /// <summary>Rows (tokens) in this step.</summary>
    public int Rows { get; set; }

    /// <summary>Token id of each row; the first <see cref="Rows"/> entries count.</summary>
    public int[] TokenIds { get; }

    /// <summary>Segments in this step.</summary>
    public int SegmentCount { get; set; }

    /// <summary>The segments, in the order of their rows.</summary>
    public StepSegment[] Segments { get; }

    /// <summary>The page tables of all segments, one behind the other.</summary>
    public int[] Pages { get; }

    /// <summary>How many slots were left since the step before.</summary>
    public int LeftCount { get; set; }

    /// <summary>Slots whose sequences have ended or were cancelled since the step before; workers forget their state.</summary>
    public int[] Left { get; }

    /// <summary>Rows that are sampled, over all segments.</summary>
    public int SampledRows
    {
        get
        {
            var rows = 0;
            foreach (ref readonly var segment in Segments.AsSpan(0, SegmentCount))
            {
                rows += segment.SampledRows;
            }
            return rows;
        }
    }

    /// <summary>Rows of segments that generate: all of their rows are sampled.</summary>
    public int GeneratingRows
    {
        get
        {
            var rows = 0;
            foreach (ref readonly var segment in Segments.AsSpan(0, SegmentCount))
            {
                rows += segment.Rows == segment.SampledRows ? segment.Rows : 0;
            }
            return rows;
        }
    }

    /// <summary>Whether any segment wants its rows' last hidden states.</summary>
    public bool Embeds
    {
        get
        {
            foreach (ref readonly var segment in Segments.AsSpan(0, SegmentCount))
            {
                if (segment.Embed)
                {
                    return true;
                }
            }
            return false;
        }
    }
}
