using Tandem.Planning.Costs;
using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Planning;

/// <summary>Cuts a model's layers into stages where nobody has measured what they take.</summary>
internal static class LayerBalance
{
    // What a core multiplies while it reads a byte, about: some 300 billion a second, and 30 GB. Of the layers of one model all that
    // hangs on it is how much its output weighs beside them.
    private const long MultiplyAddsAByte = 10;

    /// <summary>
    /// The layers of each stage, so that the stage which works longest on a request works as short as can be: prompts cost
    /// multiply-adds, and the output once; answers cost bytes, and the output each time.
    /// </summary>
    /// <param name="cost">The model.</param>
    /// <param name="stages">How many stages there are; no more than layers.</param>
    /// <param name="workload">What requests are like.</param>
    public static Share[] Cut(ModelCost cost, int stages, Workload workload)
    {
        long Of(long multiplyAdds, long bytes) => multiplyAdds + workload.AnswerTokens * MultiplyAddsAByte * bytes;
        long[] costs =
        [
            .. cost.Blocks.Select(block => Of(workload.PromptTokens * block.MultiplyAdds, block.BytesAToken)),
        ];
        costs[^1] += Of(cost.Head.MultiplyAdds, cost.Head.Bytes);
        return Cutter.Balance(costs, stages);
    }
}
