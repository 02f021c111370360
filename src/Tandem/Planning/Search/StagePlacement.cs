using Tandem.Plans;

namespace Tandem.Planning.Search;

/// <summary>A stage: its ranks, where they are, and its layers.</summary>
/// <param name="Ranks">Its ranks.</param>
/// <param name="Layers">Its layers.</param>
internal sealed record StagePlacement(IReadOnlyList<RankPlacement> Ranks, Share Layers);
