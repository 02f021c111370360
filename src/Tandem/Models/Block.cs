using Tandem.Devices;

namespace Tandem.Models;

/// <summary>
/// One layer of a model. It finds its normalised input in <see cref="Step.Input"/>, adds to the residual stream, and
/// leaves the input of the next block, normalised as that one wants it.
/// </summary>
internal sealed class Block(
    Norm? inputNorm,
    Attention attention,
    Norm? feedForwardNorm,
    IFeedForward feedForward,
    BlockSums sums
)
{
    /// <summary>The norm of the block's input; null where it takes the stream as it is.</summary>
    public Norm? InputNorm => inputNorm;

    /// <summary>Adds the block to the stream; <paramref name="next"/> is the block behind it, or null.</summary>
    public void Forward(Step step, KvLayer cache, Block? next)
    {
        var device = step.Device;
        attention.Forward(step, cache);
        device.Finish(step.Product, sums.AttentionNorm, sums.Factor, step.Hidden, feedForwardNorm, step.Input);
        feedForward.Forward(step);
        device.Finish(
            step.Product,
            sums.FeedForwardNorm,
            sums.Factor,
            step.Hidden,
            next?.InputNorm,
            next is null ? null : step.Input
        );
    }
}
