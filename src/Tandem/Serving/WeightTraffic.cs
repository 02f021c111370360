using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>How many bytes of a model's file stand for the weights that one token reads.</summary>
public static class WeightTraffic
{
    private const string Table = "token_embd.weight";
    private const string Output = "output.weight";

    /// <summary>
    /// Bytes of every tensor that a token reads whole: not the embedding table, of which it reads a row, unless that is
    /// the output as well; of experts, as many as a token goes through.
    /// </summary>
    public static long BytesAToken(ModelHeader header)
    {
        var experts = header.Metadata.Int(header.Architecture + ".expert_count", 0);
        var used = header.Metadata.Int(header.Architecture + ".expert_used_count", experts);
        var bytes = 0L;
        foreach (var tensor in header.Tensors.Values)
        {
            if (tensor.Name == Table && header.Tensors.ContainsKey(Output))
            {
                continue;
            }
            var isOfExperts = experts > 0 && tensor.Name.Contains("_exps.", StringComparison.Ordinal);
            bytes += isOfExperts ? tensor.Bytes / experts * used : tensor.Bytes;
        }
        return bytes;
    }
}
