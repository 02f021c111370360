namespace Tandem.Models;

/// <summary>The second half of a block: dense, or experts.</summary>
internal interface IFeedForward
{
    /// <summary><see cref="Step.Input"/> to <see cref="Step.Product"/>.</summary>
    void Forward(Step step);
}
