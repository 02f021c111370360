namespace Tandem.Planning.Search;

/// <summary>What makes one plan better than another.</summary>
public enum PlanGoal
{
    /// <summary>A request takes less time from its arrival to its last token.</summary>
    Latency,

    /// <summary>All requests together get more tokens a second.</summary>
    Throughput,

    /// <summary>An objective is kept to, with fewer units.</summary>
    Objective,
}
