namespace Tandem.Plans;

/// <summary>What one rank holds of each layer of its stage.</summary>
/// <param name="QueryHeads">Query heads: rows of the query projection, columns of attention's output.</param>
/// <param name="KeyValueHeads">Key and value heads that those need; ranks that split a group hold its head both.</param>
/// <param name="FeedForward">Rows of gate and up, columns of down; of every expert, where there are experts.</param>
/// <param name="Experts">Experts; 0 of 0 where the feed-forward is dense.</param>
/// <param name="Vocabulary">Rows of the embedding's table and of the output.</param>
public sealed record RankShare(
    Share QueryHeads,
    Share KeyValueHeads,
    Share FeedForward,
    Share Experts,
    Share Vocabulary
);
