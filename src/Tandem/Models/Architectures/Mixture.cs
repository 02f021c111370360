namespace Tandem.Models.Architectures;

/// <summary>The metadata of models whose feed-forward may be experts.</summary>
internal static class Mixture
{
    /// <summary>The shape with its experts; as it was where there are none.</summary>
    /// <exception cref="InputException">More experts are used than there are.</exception>
    public static DecoderShape Read(Hyperparameters parameters, DecoderShape shape)
    {
        var experts = parameters.Int("expert_count", 0);
        if (experts == 0)
        {
            return shape;
        }
        var used = parameters.Positive("expert_used_count");
        if (used > experts)
        {
            throw new InputException($"{parameters.Header.Source}: {used} experts are used of {experts}");
        }
        return shape with
        {
            Experts = experts,
            ExpertsUsed = used,
            ExpertFeedForward = parameters.Int("expert_feed_forward_length", shape.FeedForward),
        };
    }
}
