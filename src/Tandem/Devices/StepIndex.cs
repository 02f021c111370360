using Tandem.Plans;

namespace Tandem.Devices;

/// <summary>Where each row of a step stands: worked out once a step for all operations. Preallocated.</summary>
internal sealed class StepIndex(int rowsMax)
{
    private readonly int[] _sampled = new int[rowsMax];

    public StepPlan Plan { get; private set; } = new(0, 0, 0);

    /// <summary>The segment of each row.</summary>
    public int[] Segments { get; } = new int[rowsMax];

    /// <summary>The position of each row within its sequence.</summary>
    public int[] Positions { get; } = new int[rowsMax];

    /// <summary>The rows that are sampled, in order.</summary>
    public ReadOnlySpan<int> Sampled => _sampled.AsSpan(0, SampledCount);

    public int SampledCount { get; private set; }

    /// <summary>The segment that a sampled row belongs to.</summary>
    public ref readonly StepSegment SegmentOf(int sampled) => ref Plan.Segments[Segments[_sampled[sampled]]];

    public void Read(StepPlan plan)
    {
        Plan = plan;
        SampledCount = 0;
        for (var i = 0; i < plan.SegmentCount; i++)
        {
            ref readonly var segment = ref plan.Segments[i];
            for (var row = 0; row < segment.Rows; row++)
            {
                Segments[segment.FirstRow + row] = i;
                Positions[segment.FirstRow + row] = segment.FirstPosition + row;
                if (row >= segment.Rows - segment.SampledRows)
                {
                    _sampled[SampledCount++] = segment.FirstRow + row;
                }
            }
        }
    }

    /// <summary>The page that holds a position of a segment.</summary>
    public int Page(int segment, int position) =>
        Plan.Pages[Plan.Segments[segment].FirstPage + position / KvLayer.PageLength];
}
