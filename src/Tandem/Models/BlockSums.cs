using Tandem.Devices;

namespace Tandem.Models;

/// <summary>How a block's parts are added to the residual stream.</summary>
/// <param name="AttentionNorm">Norm over what attention adds, or null.</param>
/// <param name="FeedForwardNorm">Norm over what the feed-forward adds, or null.</param>
/// <param name="Factor">Multiplies both.</param>
internal sealed record BlockSums(Norm? AttentionNorm, Norm? FeedForwardNorm, float Factor);
